import { isList, isObject } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { badRequest } from "../api-error.ts";

/** JSON from a request; throws the API's 400 with what the parser says. */
export function parseJson(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    throw badRequest(`the request is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function asObject(value: Json, what: string): JsonObject {
  if (!isObject(value)) throw badRequest(`${what} is not an object`);
  return value;
}

/** Sets a field in its place, without ever touching an object's prototype: `__proto__` is a field like any other. */
export function withField(object: JsonObject, name: string, value: Json): JsonObject {
  return Object.fromEntries(new Map(Object.entries(object)).set(name, value));
}

export function withoutField(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => field !== name));
}

export function field(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** How deep a value may be nested: the API server's own limit for patches. */
export const MAX_DEPTH = 100;

export function depthOf(value: Json | undefined, limit = MAX_DEPTH + 1): number {
  if (limit === 0) return 0;
  const inner = isList(value) ? value : isObject(value) ? Object.values(value) : [];
  let deepest = 0;
  for (const each of inner) deepest = Math.max(deepest, 1 + depthOf(each, limit - 1));
  return deepest;
}
