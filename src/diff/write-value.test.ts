import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { backend, certificate, gateway, httpsListener, originOf, rule } from "../compile/testing/nodes.ts";
import { worldOf } from "../compile/testing/world.ts";
import { plainStyler } from "../explain/styler.ts";
import type { EndpointSet } from "../model/backend.ts";
import { SecretText } from "../model/gateway.ts";
import type { Step } from "../model/step.ts";
import { diffPlans } from "./diff-plans.ts";
import type { DiffSide } from "./plan-diff.ts";
import { renderDiff } from "./render.ts";
import { identityOf, writeValue } from "./write-value.ts";

test("values read as people write them", () => {
  assert.equal(writeValue({ kind: "direct" }), "direct");
  assert.equal(writeValue({ kind: "trusted-hops", hops: 2 }), "trusted-hops (hops: 2)");
  assert.equal(
    writeValue({ set: [{ name: "x-a", value: "1" }], add: [], remove: ["x-b"] }),
    "set: x-a: 1; remove: x-b",
  );
  assert.equal(writeValue({ allowCredentials: true, maxAgeSeconds: 5 }), "allow credentials: yes; max age seconds: 5");
});

test("where something comes from makes no difference, everything else does", () => {
  const origin = originOf("HTTPRoute", "shop/web");
  assert.equal(identityOf({ b: 1, a: [{ origin }] }), identityOf({ a: [{}], b: 1, c: undefined }));
  assert.notEqual(identityOf({ a: [1, 2] }), identityOf({ a: [2, 1] }));
  assert.notEqual(identityOf({ a: "1" }), identityOf({ a: 1 }));
});

test("secrets are told to be other ones and never shown", () => {
  const side = (secret: string): DiffSide => {
    const origin = originOf("AccessPolicy", "shop/policy");
    const jwt: Step = {
      kind: "jwt",
      instance: "shop/policy",
      allowMissing: false,
      providers: [
        {
          name: "one",
          issuer: "https://issuer.example",
          audiences: [],
          keys: { kind: "inline", jwks: `{"keys":[{"k":"${secret}"}]}` },
          fromHeaders: [],
          fromQueryParameters: [],
          claimsToHeaders: [],
          forward: false,
          origin,
        },
      ],
      origin,
    };
    const { graph, plan } = worldOf({
      gateways: [gateway("shop/edge")],
      listeners: [httpsListener("shop/edge/https", 443, "*", ["shop/tls"])],
      certificates: [{ ...certificate("shop/tls"), privateKey: new SecretText(secret, `digest of ${secret}`) }],
      backends: [backend("service/shop/web/80")],
      rules: [rule("httproute/shop/web/0/0", [{ listener: "shop/edge/https", hosts: ["*"] }], { steps: [jwt] })],
    });
    return { plan, endpointSets: graph.input<EndpointSet>("endpoint-sets") };
  };
  const diff = diffPlans(side("hunter2"), side("swordfish"));
  assert.deepEqual(
    diff.certificates.map(({ fields }) => fields),
    [[{ what: "private key", before: "[redacted]", after: "[redacted]" }]],
  );
  assert.deepEqual(
    diff.rules.map(({ fields }) => fields.map(({ what }) => what)),
    [["jwt"]],
  );
  const nowhere = () => undefined;
  const shown = [
    renderDiff(diff, { before: nowhere, after: nowhere }, plainStyler),
    JSON.stringify(diff),
    inspect(diff, { depth: null }),
  ].join("\n");
  assert.match(shown, /private key: replaced/);
  assert.doesNotMatch(shown, /hunter2|swordfish/);
});
