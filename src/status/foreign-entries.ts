import { isObject, listAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";

/**
 * The lists in a status that several controllers share, each with entries of its own: `parents` of routes (RouteStatus) and `ancestors` of policies
 * (PolicyStatus). "Controllers must not modify the entries of others."
 */
const sharedLists = ["parents", "ancestors"] as const;

/** A status without what other controllers said in it: what this one has to compare with. */
export function ownPart(status: Json | undefined, controllers: readonly string[]): Json | undefined {
  if (!isObject(status)) return status;
  const own: Record<string, Json | undefined> = { ...status };
  for (const name of sharedLists) {
    if (status[name] !== undefined) own[name] = listAt(status, name).filter((entry) => isOwn(entry, controllers));
  }
  return own;
}

/** The status to write: the own part, with the entries of others as they are, in front. */
export function withForeign(own: JsonObject, current: Json | undefined, controllers: readonly string[]): JsonObject {
  const merged: Record<string, Json | undefined> = { ...own };
  for (const name of sharedLists) {
    const foreign = listAt(current, name).filter((entry) => !isOwn(entry, controllers));
    if (own[name] !== undefined || foreign.length > 0) merged[name] = [...foreign, ...listAt(own, name)];
  }
  return merged;
}

/** Whether a status consists of shared lists in which this controller says nothing: written only to take back what it said before. */
export function saysNothing(status: Json | undefined): boolean {
  if (status === undefined) return true;
  if (!isObject(status)) return false;
  return Object.entries(status).every(
    ([name, value]) => sharedLists.some((shared) => shared === name) && Array.isArray(value) && value.length === 0,
  );
}

function isOwn(entry: Json, controllers: readonly string[]): boolean {
  return isObject(entry) && typeof entry.controllerName === "string" && controllers.includes(entry.controllerName);
}
