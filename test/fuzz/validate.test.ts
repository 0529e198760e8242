import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { validateConfiguration } from "../../src/dataplane/validate-configuration.ts";
import { SecretSchema } from "../../src/envoy/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts";
import { envoyRegistry } from "../../src/envoy/registry.ts";
import { isObject } from "../../src/model/json.ts";
import type { SourceObject } from "../../src/model/source-object.ts";
import { type DumpedResource, toConfigDump } from "../../src/xds/config-dump.ts";
import type { ServedResource } from "../../src/xds/resource.ts";
import { staticBootstrap } from "../../src/xds/testing/static-bootstrap.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { applyEdits, arbitraryEdits, arbitraryWorld } from "../generators/world.ts";
import { fuzzPipeline, putWorld } from "./fuzz-pipeline.ts";
import { mutateObject } from "./mutate.ts";

/** Worlds per run; each costs Envoy about 0.2 s. Raise it for a longer hunt. */
const RUNS = Number(process.env.WEIR_FUZZ_WORLDS ?? 60);
const SEED = Number(process.env.WEIR_FUZZ_SEED ?? 20_261_121);

describe("whatever people write, Envoy takes what Weir makes of it", () => {
  it("random worlds, edited and mutated, validate", async (t) => {
    const envoy = await realEnvoy(t);
    if (envoy === undefined) return;
    const certificates = await makeTestCertificates();
    const registry = await envoyRegistry();
    let serving = 0;
    const cases = fc.sample(
      fc.tuple(
        arbitraryWorld({ certificates }),
        arbitraryEdits({ certificates }),
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 6 }),
      ),
      { numRuns: RUNS, seed: SEED },
    );
    for (const [index, [world, edits, mutations]] of cases.entries()) {
      const objects = mutateSome(applyEdits(world, edits).objects, mutations);
      const pipeline = fuzzPipeline();
      putWorld(pipeline, { objects });
      const { planSource } = pipeline.encoded;
      const dump = (toConfigDump(planSource, SHARED_CLASS, registry) ?? []).map((one) =>
        one.type === "secret" ? withKey(one, planSource.plan(SHARED_CLASS)?.get("secret", one.name)) : one,
      );
      if (dump.some(({ type }) => type === "listener") && pipeline.plan.rules.size > 0) serving++;
      const bootstrap: JsonValue = staticBootstrap(dump);
      assert.ok(isObject(bootstrap));
      const verdict = await validateConfiguration(envoy, bootstrap);
      assert.ok(verdict.accepted, `case ${index} of seed ${SEED}: ${verdict.reason.slice(0, 2000)}`);
    }
    assert.ok(serving * 2 >= RUNS, `only ${serving} of ${RUNS} worlds had listeners with routes`);
  });
});

function mutateSome(
  objects: readonly SourceObject[],
  mutations: readonly (readonly [number, number, number])[],
): readonly SourceObject[] {
  const mutated = [...objects];
  for (const [which, where, how] of mutations) {
    const index = which % mutated.length;
    const object = mutated[index];
    if (object !== undefined) mutated[index] = mutateObject(object, where, how);
  }
  return mutated;
}

/** Dumps redact private keys; Envoy is to judge the real ones. */
function withKey(dumped: DumpedResource, resource: ServedResource | undefined): DumpedResource {
  assert.ok(resource?.kind === "whole");
  const secret = fromBinary(SecretSchema, resource.bytes);
  return { ...dumped, resource: toJson(SecretSchema, secret, { useProtoFieldName: true }) };
}
