import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import { isObject } from "../../src/model/json.ts";
import type { Json } from "../../src/model/source-object.ts";
import { eventually, freePorts, type LiveProxy, liveProxy } from "../e2e/xds-live-proxy.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { writtenPorts } from "../generators/pools.ts";
import { applyEdits, arbitraryEdits, arbitraryWorld } from "../generators/world.ts";
import { fuzzPipeline, putEdits, putWorld } from "./fuzz-pipeline.ts";
import { mutateObject } from "./mutate.ts";

/** Edits sent to the one living Envoy. */
const EDITS = Number(process.env.WEIR_FUZZ_EDITS ?? 500);
const SEED = Number(process.env.WEIR_FUZZ_SEED ?? 20_261_121);

describe("one Envoy through many edits", () => {
  it("refuses nothing and ends equal to a fresh one", async (t) => {
    const certificates = await makeTestCertificates();
    const options = { certificates };
    const bound = await freePorts(writtenPorts.length);
    const ports = new Map(writtenPorts.map((port, index) => [port, bound[index] ?? port]));
    const [world] = fc.sample(arbitraryWorld(options), { numRuns: 1, seed: SEED });
    assert.ok(world !== undefined);
    const pipeline = fuzzPipeline(ports);
    putWorld(pipeline, world);
    const veteran = await liveProxy(t, pipeline.encoded.planSource, SHARED_CLASS);
    if (veteran === undefined) return;

    let current = world;
    let sent = 0;
    const batches = fc.sample(fc.tuple(arbitraryEdits(options, { maxLength: 4 }), fc.nat(), fc.nat()), {
      numRuns: EDITS,
      seed: SEED,
    });
    for (const [index, [edits, where, how]] of batches.entries()) {
      if (sent >= EDITS) break;
      const odd = edits.map((edit) =>
        index % 3 === 0 && edit.kind === "set" ? { ...edit, object: mutateObject(edit.object, where, how) } : edit,
      );
      putEdits(pipeline, odd);
      current = applyEdits(current, odd);
      sent += odd.length;
      // Envoy gets some edits one by one and some in bursts, as people and scripts make them.
      if (index % 4 === 0) await veteran.settled();
    }
    await veteran.settled();
    assert.ok(sent >= EDITS);
    assert.equal(veteran.server.proxies.counters("route").forcedReleases, 0);
    const refused = [...(await veteran.admin.stats(/update_rejected/))].filter(([, count]) => count > 0);
    assert.deepEqual(refused, [], await veteran.log());

    await t.test("a fresh Envoy has the same", async (fresh) => {
      const rebuilt = fuzzPipeline(ports);
      putWorld(rebuilt, current);
      const recruit = await liveProxy(fresh, rebuilt.encoded.planSource, SHARED_CLASS);
      assert.ok(recruit !== undefined);
      const wanted = await effective(recruit);
      await eventually(
        async () => JSON.stringify(await effective(veteran)) === JSON.stringify(wanted),
        () => "the two configurations stay different",
      );
    });
  });
});

/** What Envoy runs, without the times and versions of how it came there. */
async function effective(proxy: LiveProxy): Promise<Json> {
  await proxy.settled();
  return stripped(await proxy.admin.configDump("include_eds"));
}

/** Times, versions, what is on its way out, and what each Envoy has of its own: its bootstrap and the path to its control plane. */
const incidental = new Set([
  "last_updated",
  "version_info",
  "client_status",
  "draining_state",
  "static_clusters",
  "static_endpoint_configs",
  "bootstrap",
]);

/** Order counts within a resource, but not among resources. */
function stripped(value: Json | undefined, name = ""): Json {
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => stripped(item));
    return /^(configs|dynamic_.*)$/.test(name)
      ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : items;
  }
  if (!isObject(value)) return value ?? null;
  const kept = Object.entries(value).filter(([member]) => !incidental.has(member));
  return Object.fromEntries(kept.map(([member, inner]) => [member, stripped(inner, member)]));
}
