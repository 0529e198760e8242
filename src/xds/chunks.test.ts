import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Chunker } from "./chunks.ts";
import { combinedVersion, contentVersion } from "./content-version.ts";

interface Item {
  readonly version: string;
}

const item = (text: string): Item => ({ version: contentVersion(text) });
const join = (items: readonly Item[]) => ({
  items,
  version: combinedVersion(
    "test",
    items.map(({ version }) => version),
  ),
});

describe("chunks of long lists", () => {
  const items = Array.from({ length: 5_000 }, (_, index) => item(`item ${index}`));

  it("hold every item once and in order, and are cut the same way from scratch after any edits", () => {
    const position = fc.nat({ max: 5_200 });
    const edit = fc.record({
      at: position,
      remove: fc.nat({ max: 3 }),
      insert: fc.array(fc.string(), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), (edits) => {
        const chunker = new Chunker(join);
        const list = [...items];
        for (const { at, remove, insert } of edits) {
          chunker.chunks(list);
          list.splice(at, remove, ...insert.map(item));
        }
        const chunks = chunker.chunks(list);
        assert.deepEqual(
          chunks.flatMap((chunk) => chunk.items),
          list,
        );
        const scratch = new Chunker(join).chunks(list.map(({ version }) => ({ version })));
        assert.deepEqual(
          chunks.map(({ version }) => version),
          scratch.map(({ version }) => version),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("are made anew only around an edit", () => {
    let made = 0;
    const chunker = new Chunker((some: readonly Item[]) => {
      made++;
      return join(some);
    });
    const total = chunker.chunks(items).length;
    assert.equal(made, total);
    assert.ok(total > 40 && total < 160, `${total} chunks`);
    made = 0;
    chunker.chunks(items.toSpliced(2_500, 1, item("edited")));
    chunker.chunks([item("first"), ...items]);
    chunker.chunks([...items, item("last")]);
    assert.ok(made <= 6, `${made} chunks were made`);
  });

  it("end even where no item ends one", () => {
    const same = Array.from({ length: 3_000 }, () => ({ version: "B" }));
    assert.deepEqual(
      new Chunker(join).chunks(same).map((chunk) => chunk.items.length),
      [1_024, 1_024, 952],
    );
  });
});
