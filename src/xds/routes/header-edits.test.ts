import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HeaderValueOption_HeaderAppendAction as Action } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import type { HeaderEdits } from "../../model/step.ts";
import { foldEdits } from "./header-edits.ts";

type Headers = ReadonlyMap<string, readonly string[]>;

/** What a sequence of edits means, one after the other. */
function apply(edits: readonly HeaderEdits[], headers: Headers): Headers {
  const result = new Map(headers);
  for (const { set, add, remove } of edits) {
    for (const { name, value } of set) result.set(name.toLowerCase(), [value]);
    for (const { name, value } of add)
      result.set(name.toLowerCase(), [...(result.get(name.toLowerCase()) ?? []), value]);
    for (const name of remove) result.delete(name.toLowerCase());
  }
  return result;
}

/** What Envoy does: removes, then overwrites, then appends. */
function applyAsEnvoy({ toAdd, toRemove }: ReturnType<typeof foldEdits>, headers: Headers): Headers {
  const result = new Map(headers);
  for (const name of toRemove) result.delete(name);
  const text = (value: string | undefined) => (value ?? "").replaceAll("%%", "%");
  for (const action of [Action.OVERWRITE_IF_EXISTS_OR_ADD, Action.APPEND_IF_EXISTS_OR_ADD]) {
    for (const option of toAdd) {
      const name = option.header?.key ?? "";
      if (option.appendAction !== action) continue;
      const before = action === Action.APPEND_IF_EXISTS_OR_ADD ? (result.get(name) ?? []) : [];
      result.set(name, [...before, text(option.header?.value)]);
    }
  }
  return result;
}

const name = fc.constantFrom("a", "A", "b", "c");
const pair = fc.record({ name, value: fc.constantFrom("1", "2", "%", "") });
const edit = fc.record({
  set: fc.array(pair, { maxLength: 2 }),
  add: fc.array(pair, { maxLength: 2 }),
  remove: fc.array(name, { maxLength: 2 }),
});

describe("edits of headers", () => {
  it("folded into one come to the same as one after the other", () => {
    const before = fc.dictionary(fc.constantFrom("a", "b"), fc.array(fc.constant("0"), { minLength: 1, maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), before, (edits, object) => {
        const headers = new Map(Object.entries(object));
        const sorted = (map: Headers) => [...map].sort(([x], [y]) => (x < y ? -1 : 1));
        assert.deepEqual(sorted(applyAsEnvoy(foldEdits(edits), headers)), sorted(apply(edits, headers)));
      }),
    );
  });

  it("of the host become a rewrite, and pseudo-headers stay untouched", () => {
    const folded = foldEdits([
      { set: [{ name: "Host", value: "a" }], add: [], remove: [] },
      { set: [{ name: "host", value: "b%" }], add: [], remove: [":path"] },
    ]);
    assert.deepEqual(folded, {
      toAdd: [],
      toRemove: [],
      host: "b%",
      problems: ["the pseudo-header :path cannot be edited"],
    });
    assert.equal(foldEdits([{ set: [], add: [], remove: ["HOST"] }]).problems.length, 1);
  });
});
