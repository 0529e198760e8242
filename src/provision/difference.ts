import { structurallyEqual } from "../incremental/equal.ts";
import { isList, isObject, textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import { fieldManager, managedByLabel, wantedAnnotation } from "./names.ts";

/** What an earlier application of a wanted object came to. */
export interface Applied {
  readonly wanted: JsonObject;
  /** The wanted fields as the server has them: it writes some values in another way (quantities, addresses). */
  readonly outcome: Json;
}

/**
 * Whether a wanted object has to be applied: where a wanted field is missing or different. What others add (status, defaults, a replica count) does not
 * matter. A field that is no longer wanted shows in the hash that every wanted object carries.
 */
export function mustApply(wanted: JsonObject, live: JsonObject | undefined, last: Applied | undefined): boolean {
  if (live === undefined) return true;
  const outcome = projected(live, wanted);
  if (structurallyEqual(outcome, wanted)) return false;
  return last === undefined || !structurallyEqual(last.wanted, wanted) || !structurallyEqual(last.outcome, outcome);
}

/** Only what `mask` mentions; lists whose items are objects are compared item by item, in order. */
export function projected(value: Json | undefined, mask: Json): Json {
  if (value === undefined) return null;
  if (isObject(mask)) {
    if (!isObject(value)) return value;
    const entries = Object.entries(mask).flatMap(([name, inner]) =>
      inner === undefined ? [] : [[name, projected(value[name], inner)] as const],
    );
    return Object.fromEntries(entries);
  }
  if (!isList(mask) || !isList(value) || mask.length !== value.length) return value;
  return value.map((item, index) => projected(item, mask[index] ?? null));
}

/** Whether Weir made an object: nothing else is ever changed or deleted, whatever its name or labels are. */
export function isOurs(object: JsonObject): boolean {
  return (
    textAt(object, "metadata", "labels", managedByLabel) === fieldManager &&
    textAt(object, "metadata", "annotations", wantedAnnotation) !== undefined
  );
}
