import type { Json } from "../../model/source-object.ts";

/**
 * Orders a merged list as `$setElementOrder` wants it. What the order names stands in that order; what only the server has keeps its
 * place relative to those of its neighbours that were there before.
 */
export function inElementOrder(
  merged: readonly Json[],
  order: readonly Json[],
  before: readonly Json[],
  identity: (item: Json) => string,
): readonly Json[] {
  const wanted = positions(order, identity);
  const previous = positions(before, identity);
  const place = (item: Json, places: ReadonlyMap<string, number>) => places.get(identity(item)) ?? places.size;
  const named = merged
    .filter((item) => wanted.has(identity(item)))
    .toSorted((a, b) => place(a, wanted) - place(b, wanted));
  const others = merged
    .filter((item) => !wanted.has(identity(item)))
    .toSorted((a, b) => place(a, previous) - place(b, previous));

  const ordered: Json[] = [];
  for (const item of named) {
    const at = previous.get(identity(item));
    while (at !== undefined && others[0] !== undefined && place(others[0], previous) < at) {
      ordered.push(...others.splice(0, 1));
    }
    ordered.push(item);
  }
  return [...ordered, ...others];
}

function positions(items: readonly Json[], identity: (item: Json) => string): ReadonlyMap<string, number> {
  return new Map(items.map((item, index) => [identity(item), index]));
}
