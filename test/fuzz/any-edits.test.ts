import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { snapshot } from "../../src/compile/testing/snapshot.ts";
import type { Pipeline } from "../../src/control-plane/pipeline.ts";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import type { ResourceType } from "../../src/xds/resource.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { applyEdits, arbitraryEdits, arbitraryWorld } from "../generators/world.ts";
import { fuzzPipeline, putEdits, putWorld } from "./fuzz-pipeline.ts";
import { mutateObject } from "./mutate.ts";

const types: readonly ResourceType[] = ["cluster", "endpoint", "secret", "extension", "listener", "route"];

/** The version of everything that proxies are given: versions are hashes of content. */
function versionsOf({ encoded }: Pipeline): ReadonlyMap<string, string | undefined> {
  const plan = encoded.planSource.plan(SHARED_CLASS);
  const all = types.flatMap((type) =>
    [...(plan?.names(type) ?? [])].map((name) => [`${type} ${name}`, plan?.get(type, name)?.version] as const),
  );
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const certificates = await makeTestCertificates();

test("any edits of any objects end with the plan and the resources of a rebuild, and notices name exactly what differs", () => {
  const batch = fc.tuple(arbitraryEdits({ certificates }, { maxLength: 4 }), fc.option(fc.tuple(fc.nat(), fc.nat())));
  fc.assert(
    fc.property(arbitraryWorld({ certificates }), fc.array(batch, { minLength: 1, maxLength: 4 }), (world, batches) => {
      const incremental = fuzzPipeline();
      putWorld(incremental, world);
      const named = new Set<string>();
      incremental.encoded.planSource.subscribe((changes) => {
        for (const { changed } of changes)
          for (const [type, names] of changed) for (const name of names) named.add(`${type} ${name}`);
      });
      let current = world;
      for (const [edits, mutation] of batches) {
        const before = versionsOf(incremental);
        named.clear();
        const written = edits.map((edit) =>
          edit.kind === "set" && mutation !== null ? { ...edit, object: mutateObject(edit.object, ...mutation) } : edit,
        );
        putEdits(incremental, written);
        current = applyEdits(current, written);
        const after = versionsOf(incremental);
        const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
          (name) => before.get(name) !== after.get(name),
        );
        assert.deepEqual([...named].sort(), differing.sort());
      }
      const rebuilt = fuzzPipeline();
      putWorld(rebuilt, current);
      assert.deepEqual(snapshot(incremental.plan), snapshot(rebuilt.plan));
      assert.deepEqual(versionsOf(incremental), versionsOf(rebuilt));
      assert.equal(incremental.encoded.planSource.revision(), rebuilt.encoded.planSource.revision());
    }),
    { numRuns: 40 },
  );
});
