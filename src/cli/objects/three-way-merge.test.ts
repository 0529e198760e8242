import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isObject } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { lastApplied, threeWayPatch, withLastApplied } from "./three-way-merge.ts";

/** RFC 7386, section 2, as a server does it. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json | undefined> = { ...(isObject(target) ? target : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = mergePatch(result[name], value);
  }
  return result;
}

const leaf = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 2 }));
const objects = fc.letrec<{ object: JsonObject }>((tie) => ({
  object: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof({ depthSize: "small" }, leaf, tie("object")), {
    maxKeys: 3,
  }),
})).object;

/** Whether all that `part` says is in `whole`. */
function contains(whole: Json | undefined, part: Json | undefined): boolean {
  if (!isObject(part)) return JSON.stringify(whole) === JSON.stringify(part);
  return isObject(whole) && Object.entries(part).every(([name, value]) => contains(whole[name], value));
}

test("the patch brings about what is wanted, and a second one is not needed", () => {
  fc.assert(
    fc.property(objects, objects, objects, (applied, wanted, live) => {
      const patched = mergePatch(live, threeWayPatch(applied, wanted, live) ?? {});
      assert.ok(isObject(patched));
      assert.ok(contains(patched, wanted), JSON.stringify(patched));
      assert.equal(threeWayPatch(wanted, wanted, patched), undefined);
    }),
  );
});

test("what others set stays, what the file had and has no longer goes", () => {
  const applied = { spec: { gone: 1, kept: 1 } };
  const wanted = { spec: { kept: 2 } };
  const live = { spec: { gone: 1, kept: 1, theirs: 3 }, status: {} };
  assert.deepEqual(threeWayPatch(applied, wanted, live), { spec: { kept: 2, gone: null } });
});

test("the note is the one kubectl leaves, and is read back", () => {
  const wanted = { kind: "Service", metadata: { name: "a" }, spec: { x: 1 } };
  const noted = withLastApplied(wanted);
  assert.deepEqual(lastApplied(noted), { ...wanted, metadata: { name: "a", annotations: {} } });
  assert.deepEqual(withLastApplied(noted), noted, "the note is not noted");
  assert.deepEqual(
    lastApplied({ metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{" } } }),
    {},
  );
});
