import type { Json } from "../../../model/source-object.ts";

/** Deeper than any published kind goes, with room for free-form parts. */
export const maxDepth = 100;

/** Values of one document, those repeated by aliases counted each time. */
export const maxValues = 1_000_000;

export type Conversion =
  | { readonly kind: "json"; readonly value: Json }
  | { readonly kind: "too-deep" }
  | { readonly kind: "too-many" };

/**
 * JSON of what a YAML parser returned, as a tree: aliases are copied, and one that contains itself ends at the depth limit.
 * Numbers that JSON does not have become text, to be refused where a number is wanted.
 */
export function toJson(parsed: unknown): Conversion {
  const run: Run = { left: maxValues, stop: undefined };
  const value = convert(parsed, maxDepth, run);
  return run.stop === undefined ? { kind: "json", value } : { kind: run.stop };
}

interface Run {
  left: number;
  stop: "too-deep" | "too-many" | undefined;
}

function convert(value: unknown, depth: number, run: Run): Json {
  if (run.stop !== undefined) return null;
  if (depth === 0) run.stop = "too-deep";
  else if (run.left-- === 0) run.stop = "too-many";
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      break;
    default:
      // The core schema makes no other values.
      return null;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => convert(item, depth - 1, run));
  const object: Record<string, Json> = {};
  for (const [name, item] of Object.entries(value)) {
    const json = convert(item, depth - 1, run);
    if (name === "__proto__") define(object, name, json);
    else object[name] = json;
  }
  return object;
}

/** Assigning to `__proto__` would change the object's prototype instead. */
function define(object: object, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}
