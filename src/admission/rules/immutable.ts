import { isDeepStrictEqual } from "node:util";
import { valueAt } from "../../model/json.ts";
import type { UpdateRule } from "../kind-definition.ts";

/** The field keeps its value for the life of the object. */
export function immutable(...path: readonly string[]): UpdateRule {
  return (previous, object) =>
    isDeepStrictEqual(valueAt(previous, ...path), valueAt(object, ...path))
      ? []
      : [{ path, message: "cannot be changed", hint: "Delete the object and create it anew." }];
}
