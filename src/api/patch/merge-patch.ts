import { isObject } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { field } from "./json-value.ts";

/** JSON Merge Patch (RFC 7386): null removes a field, objects merge, everything else, lists included, replaces. */
export function applyMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map<string, Json | undefined>(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(name);
    } else if (isObject(value)) {
      const current = field(target, name);
      merged.set(name, applyMergePatch(isObject(current) ? current : {}, value));
    } else {
      merged.set(name, value);
    }
  }
  return Object.fromEntries(merged);
}
