import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Chunker } from "./chunks.ts";
import { combinedVersion, contentVersion } from "./content-version.ts";

interface Item {
  readonly version: string;
}

interface Source {
  readonly text: string;
}

const source = (text: string): Source => ({ text });
const item = ({ text }: Source): Item => ({ version: contentVersion(text) });
const join = (items: readonly Item[]) => ({
  items,
  version: combinedVersion(
    "test",
    items.map(({ version }) => version),
  ),
});

describe("chunks of long lists", () => {
  const sources = Array.from({ length: 5_000 }, (_, index) => source(`item ${index}`));

  it("hold every item once and in order, and are cut the same way from scratch after any edits", () => {
    const edit = fc.record({
      at: fc.oneof(fc.nat({ max: 5_200 }), fc.constantFrom(0, 1, 4_999, 5_000)),
      remove: fc.oneof(fc.nat({ max: 3 }), fc.constantFrom(200, 4_990, 5_000)),
      insert: fc.oneof(
        fc.array(fc.string(), { maxLength: 3 }),
        fc.array(fc.string(), { minLength: 100, maxLength: 200, size: "max" }),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), (edits) => {
        const chunker = new Chunker(item, join);
        const list = [...sources];
        for (const { at, remove, insert } of [...edits, { at: 0, remove: 0, insert: [] }]) {
          const { items, chunks } = chunker.cut("list", [...list]);
          const wanted = list.map(item);
          assert.deepEqual(items, wanted);
          assert.deepEqual(
            chunks.flatMap((chunk) => chunk.items),
            wanted,
          );
          const scratch = new Chunker(item, join).cut(
            "list",
            list.map(({ text }) => ({ text })),
          );
          assert.deepEqual(
            chunks.map(({ version }) => version),
            scratch.chunks.map(({ version }) => version),
          );
          list.splice(at, remove, ...insert.map(source));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("are made anew only around an edit", () => {
    let made = 0;
    let items = 0;
    const known = new WeakMap<Source, Item>();
    const chunker = new Chunker(
      (one: Source) => {
        items++;
        const itemOf = known.get(one) ?? item(one);
        known.set(one, itemOf);
        return itemOf;
      },
      (some: readonly Item[]) => {
        made++;
        return join(some);
      },
    );
    const total = chunker.cut("list", sources).chunks.length;
    assert.equal(made, total);
    assert.ok(total > 40 && total < 160, `${total} chunks`);
    for (const edited of [
      sources.toSpliced(2_500, 1, source("edited")),
      [source("first"), ...sources],
      [...sources, source("last")],
      sources.slice(1),
      sources.slice(0, -1),
    ]) {
      chunker.cut("list", sources);
      [made, items] = [0, 0];
      chunker.cut("list", edited);
      assert.ok(made <= 2, `${made} chunks were made`);
      assert.ok(items <= 1, `${items} items were asked for`);
    }
    items = 0;
    chunker.cut("other", sources);
    assert.equal(items, sources.length, "another list is nothing to compare with");
    made = 0;
    chunker.cut("other", [source("new"), ...sources.slice(1, 2_500), source("new too"), ...sources.slice(2_501)]);
    assert.ok(made <= 4, `${made} chunks were made for two edits at once`);
    chunker.forget("other");
    items = 0;
    chunker.cut("other", sources);
    assert.equal(items, sources.length);
  });

  it("end even where no item ends one", () => {
    const same = Array.from({ length: 3_000 }, () => ({}));
    const chunker = new Chunker(() => ({ version: "B" }), join);
    assert.deepEqual(
      chunker.cut("list", same).chunks.map((chunk) => chunk.items.length),
      [1_024, 1_024, 952],
    );
    assert.deepEqual(
      chunker.cut("list", same.toSpliced(10, 0, {})).chunks.map((chunk) => chunk.items.length),
      [1_024, 1_024, 953],
    );
  });

  it("of nothing are none", () => {
    assert.deepEqual(new Chunker(item, join).cut("list", []), { items: [], chunks: [] });
  });
});
