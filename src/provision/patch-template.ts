import { isList, isObject } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";

/**
 * Lays a user's patch over an object: mappings merge, null removes a field, lists of named items (containers, volumes, variables) merge
 * by name, and everything else is replaced. A small part of Kubernetes' strategic merge, enough for pod templates.
 */
export function patched(base: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[name];
    else result[name] = patchedValue(base[name], value);
  }
  return result;
}

function patchedValue(base: Json | undefined, patch: Json): Json {
  if (isObject(patch)) return patched(isObject(base) ? base : {}, patch);
  if (isList(patch) && isList(base) && base.length > 0 && patch.every(isNamed) && base.every(isNamed)) {
    const changes = new Map(patch.map((item) => [item.name, item]));
    const known = new Set(base.map(({ name }) => name));
    return [
      ...base.map((item) => {
        const change = changes.get(item.name);
        return change === undefined ? item : patched(item, change);
      }),
      ...patch.filter(({ name }) => !known.has(name)).map((item) => patched({}, item)),
    ];
  }
  return patch;
}

function isNamed(value: Json): value is JsonObject & { readonly name: string } {
  return isObject(value) && typeof value.name === "string";
}
