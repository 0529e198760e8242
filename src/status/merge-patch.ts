import { isDeepStrictEqual } from "node:util";
import { isObject } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";

/** The JSON merge patch (RFC 7386) that turns one value into another; undefined where there is no difference. Lists are replaced as a whole. */
export function mergePatch(from: Json | undefined, to: Json): Json | undefined {
  if (!isObject(from) || !isObject(to)) return isDeepStrictEqual(from, to) ? undefined : withoutUndefined(to);
  const patch: Record<string, Json> = {};
  for (const [name, value] of Object.entries(to)) {
    if (value === undefined) continue;
    const part = mergePatch(from[name], value);
    if (part !== undefined) patch[name] = part;
  }
  // Null takes a field away (RFC 7386 section 2).
  for (const name of Object.keys(from)) if (to[name] === undefined && from[name] !== undefined) patch[name] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function withoutUndefined(value: Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}
