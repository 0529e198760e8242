import { isList, isObject } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";

/**
 * `derived` with every part that equals the same part of `original` replaced by that part itself: admission mostly changes little, and two copies of
 * thousands of objects would take memory for nothing.
 */
export function shareStructure(original: Json | undefined, derived: Json): Json {
  if (original === derived) return derived;
  if (isList(original) && isList(derived)) {
    const items = derived.map((item, index) => shareStructure(original[index], item));
    return items.length === original.length && items.every((item, index) => item === original[index])
      ? original
      : items;
  }
  if (!isObject(original) || !isObject(derived)) return derived;
  return shareObject(original, derived);
}

export function shareObject(original: JsonObject, derived: JsonObject): JsonObject {
  let same = Object.keys(original).length === Object.keys(derived).length;
  const entries = Object.entries(derived).map(([name, value]) => {
    const before = Object.hasOwn(original, name) ? original[name] : undefined;
    const one = value === undefined ? undefined : shareStructure(before, value);
    same &&= one === before && Object.hasOwn(original, name);
    return [name, one] as const;
  });
  return same ? original : Object.fromEntries(entries);
}
