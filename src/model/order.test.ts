import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareOrder, type SpecificityInput, specificityOrder } from "./order.ts";

const base: SpecificityInput = {
  path: { kind: "segment-prefix", value: "/" },
  hasMethod: false,
  headerCount: 0,
  queryCount: 0,
  creationTimestamp: "2026-02-01T00:00:00Z",
  namespace: "shop",
  name: "web",
  ruleIndex: 1,
  matchIndex: 1,
};

/** From first to last; each differs from `base` in one thing and what precedes it wins over all that follows. */
const precedence: readonly (readonly [string, Partial<SpecificityInput>])[] = [
  ["an exact path, however short", { path: { kind: "exact", value: "/" } }],
  ["a longer expression", { path: { kind: "regex", value: "/abc" } }],
  ["an expression", { path: { kind: "regex", value: "/a" } }],
  ["a longer prefix", { path: { kind: "segment-prefix", value: "/abc" } }],
  ["a prefix", { path: { kind: "string-prefix", value: "/a" } }],
  ["a method", { hasMethod: true }],
  ["more headers", { headerCount: 2 }],
  ["a header", { headerCount: 1, queryCount: 0 }],
  ["a query parameter", { queryCount: 1 }],
  ["an older object", { creationTimestamp: "2026-01-01T00:00:00Z", name: "zzz" }],
  ["a namespace and name that sort first", { name: "api" }],
  ["an earlier rule", { ruleIndex: 0, matchIndex: 9 }],
  ["an earlier match", { matchIndex: 0 }],
  ["none of these", {}],
  ["no path at all", { path: undefined }],
];

test("specificity decides, then age, then name, then place in the object", () => {
  const orders = precedence.map(([, more]) => specificityOrder({ ...base, ...more }));
  for (const [index, earlier] of orders.entries()) {
    for (const [offset, later] of orders.slice(index + 1).entries()) {
      const names = `${precedence[index]?.[0]} before ${precedence[index + 1 + offset]?.[0]}`;
      assert.ok(compareOrder(earlier, later) < 0, names);
      assert.ok(compareOrder(later, earlier) > 0, names);
    }
  }
});

test("blocks come before specificity", () => {
  const first = { rank: 0, specificity: [9, 9] };
  const second = { rank: 1, specificity: [0] };
  assert.ok(compareOrder(first, second) < 0);
});

test("the order is total: what sorting yields does not depend on where it starts", () => {
  const orderArb = fc.record({
    rank: fc.integer({ min: 0, max: 1 }),
    specificity: fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom("", "a", "b"),
      fc.integer({ min: 0, max: 2 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(orderArb), (orders) => {
      const texts = (list: typeof orders) => list.toSorted(compareOrder).map((order) => JSON.stringify(order));
      assert.deepEqual(texts(orders.toReversed()), texts(orders));
    }),
  );
});
