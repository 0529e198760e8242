import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Changes, Collection, InputCollection } from "./collection.ts";
import { Graph } from "./graph.ts";

interface World {
  readonly graph: Graph;
  readonly left: InputCollection<number>;
  readonly right: InputCollection<number>;
  readonly derived: Collection<unknown>;
}

/** One case per kind of collection; each gives the collection under test, made from two inputs. */
const kinds: Record<
  string,
  (graph: Graph, left: InputCollection<number>, right: InputCollection<number>) => Collection<unknown>
> = {
  "derived, one output per input": (graph, left) => graph.derive("double", left, (value, key) => [[key, value * 2]]),
  "derived, outputs that collide": (graph, left) =>
    graph.derive<number, string | number>("mod", left, (value, key) => [
      [`m${value % 3}`, `${key}:${value}`],
      [`k${key}`, value],
    ]),
  "derived, reading keys of another": (graph, left, right) =>
    graph.derive("sum", left, (value, key, context) => [[key, value + (context.get(right, `${value % 4}`) ?? 0)]]),
  "derived, reading everything of another": (graph, left, right) =>
    graph.derive("all", left, (_value, key, context) => [
      [key, context.all(right).map((entry) => [entry.key, entry.value])],
    ]),
  grouped: (graph, left) =>
    graph.group(
      "group",
      left,
      (value) => [`${value % 3}`, "all"],
      (a, b) => a - b,
    ),
  "derived from groups": (graph, left) =>
    graph.derive(
      "count",
      graph.group("byValue", left, (value) => [`${value % 3}`]),
      (members, key) => [[key, members.map((member) => member.key)]],
    ),
  joined: (graph, left, right) => graph.join("join", [left, right]),
  "derived, reading groups": (graph, left, right) => {
    const groups = graph.group("rightByValue", right, (value) => [`${value % 4}`]);
    return graph.derive("members", left, (value, key, context) =>
      context.group(groups, `${value % 4}`).map((member) => [`${key}/${member.key}`, member.value] as const),
    );
  },
};

function world(make: (typeof kinds)[string]): World {
  const graph = new Graph({
    onError: (_name, _key, error) => {
      throw error;
    },
  });
  const left = graph.input<number>("left");
  const right = graph.input<number>("right");
  return { graph, left, right, derived: make(graph, left, right) };
}

const edit = fc.record({
  side: fc.constantFrom("left" as const, "right" as const),
  key: fc.constantFrom("0", "1", "2", "3", "4", "5"),
  value: fc.option(fc.nat(9), { nil: undefined }),
});
const transactions = fc.array(fc.array(edit, { maxLength: 24 }), { maxLength: 12 });

function apply(
  { graph, left, right }: World,
  edits: readonly { side: "left" | "right"; key: string; value: number | undefined }[],
): void {
  graph.transaction(() => {
    for (const { side, key, value } of edits) {
      const collection = side === "left" ? left : right;
      if (value === undefined) collection.delete(key);
      else collection.set(key, value);
    }
  });
}

function contents(collection: Collection<unknown>): Map<string, unknown> {
  return new Map([...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
}

for (const [name, make] of Object.entries(kinds)) {
  describe(`collection contract: ${name}`, () => {
    it("any sequence of edits ends where a rebuild from scratch ends", () => {
      fc.assert(
        fc.property(transactions, (steps) => {
          const incremental = world(make);
          for (const edits of steps) apply(incremental, edits);
          const rebuilt = world(make);
          rebuilt.graph.transaction(() => {
            for (const [key, value] of incremental.left.entries()) rebuilt.left.set(key, value);
            for (const [key, value] of incremental.right.entries()) rebuilt.right.set(key, value);
          });
          assert.deepEqual(contents(incremental.derived), contents(rebuilt.derived));
        }),
      );
    });

    it("subscribers can follow: applying the reported changes gives the contents, with true values before", () => {
      fc.assert(
        fc.property(transactions, (steps) => {
          const followed = world(make);
          const copy = new Map<string, unknown>();
          followed.derived.subscribe((changes: Changes<unknown>) => {
            assert.ok(changes.size > 0);
            for (const [key, { before, after }] of changes) {
              assert.deepEqual(copy.get(key), before);
              assert.notDeepEqual(before, after);
              if (after === undefined) copy.delete(key);
              else copy.set(key, after);
            }
          });
          for (const edits of steps) {
            apply(followed, edits);
            assert.deepEqual(new Map([...copy].sort(([a], [b]) => (a < b ? -1 : 1))), contents(followed.derived));
          }
        }),
      );
    });
  });
}
