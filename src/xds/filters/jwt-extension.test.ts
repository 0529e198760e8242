import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { originOf } from "../../compile/testing/nodes.ts";
import { JwtAuthenticationSchema } from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import type { JwtStep } from "../../model/step.ts";
import { tokenConfiguration, withPartsOf } from "./jwt-extension.ts";

const origin = originOf("AccessPolicy", "shop/tokens");

function step(instance: string): JwtStep {
  const provider = {
    name: "p",
    issuer: "i",
    audiences: [],
    keys: { kind: "inline", jwks: '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' } as const,
    fromHeaders: [],
    fromQueryParameters: [],
    claimsToHeaders: [],
    forward: false,
    origin,
  };
  return { kind: "jwt", instance, allowMissing: false, providers: [provider], origin };
}

const configurationFor = (...instances: readonly string[]) =>
  create(JwtAuthenticationSchema, tokenConfiguration(instances.map((instance) => [step(instance)])).init);

test("what routes may still name is kept, with its providers, and nothing else is changed", () => {
  const kept = (wanted: readonly string[], former: readonly string[]) =>
    withPartsOf(configurationFor(...wanted), configurationFor(...former));
  assert.equal(kept(["a", "b"], ["a"]), undefined);
  assert.deepEqual({ ...kept([], ["a"]) }, { ...configurationFor("a") });
  assert.deepEqual({ ...kept(["b"], ["a"]) }, { ...configurationFor("a", "b") });
});
