import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Json } from "../model/source-object.ts";
import { shareStructure } from "./share-structure.ts";

const json: fc.Arbitrary<Json> = fc.json({ maxDepth: 4 }).map((text) => JSON.parse(text));

describe("sharing structure", () => {
  it("never changes the value", () => {
    fc.assert(
      fc.property(json, json, (original, derived) => assert.deepEqual(shareStructure(original, derived), derived)),
    );
  });

  it("gives the original itself for an equal copy", () => {
    fc.assert(
      fc.property(json, (original) => {
        const shared = shareStructure(original, structuredClone(original));
        assert.ok(Object.is(shared, original) || typeof original !== "object");
      }),
    );
  });

  it("shares the unchanged parts of a changed object", () => {
    const original = { spec: { rules: [{ host: "a" }, { host: "b" }] }, kind: "x" };
    const shared = shareStructure(original, { spec: { rules: [{ host: "a" }, { host: "c" }] }, kind: "x" });
    assert.ok(typeof shared === "object" && shared !== null && "spec" in shared);
    const text = JSON.stringify(shared);
    assert.equal(text, '{"spec":{"rules":[{"host":"a"},{"host":"c"}]},"kind":"x"}');
    assert.notEqual(shared, original);
  });
});
