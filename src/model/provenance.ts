import type { ObjectRef } from "./source-object.ts";

/**
 * A way into an object: field names and list indexes, `["spec", "rules", 0, "host"]`. Empty means the whole object.
 */
export type FieldPath = readonly (string | number)[];

/**
 * Where a model node comes from. It holds no line number: lines live in a side table of the source and are looked up when
 * something is shown, so that a comment added to a file changes no model node.
 */
export interface Provenance {
  readonly source: string;
  readonly object: ObjectRef;
  readonly path: FieldPath;
}

/** A place in a text a person wrote. Lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Finds the line of a provenance; undefined where the source has no text (the store, a cluster). */
export type LocatePosition = (provenance: Provenance) => Position | undefined;

/** `spec.rules[0].host`; names that are no plain identifiers are quoted in brackets. */
export function formatPath(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `["${step}"]`;
  }
  return text;
}

/** The same origin, further in. */
export function at(origin: Provenance, ...steps: FieldPath): Provenance {
  return { ...origin, path: [...origin.path, ...steps] };
}
