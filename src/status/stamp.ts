import type { Json, JsonObject } from "../model/source-object.ts";
import type { StatusValue } from "../model/status.ts";

/**
 * Turns a wanted status into the one to write: every entry of a `conditions` list gets `observedGeneration` and `lastTransitionTime`, the time being
 * kept from the previous status where the condition's status did not change (metav1.Condition).
 */
export function stampConditions(
  wanted: StatusValue,
  previous: Json | undefined,
  generation: number,
  now: string,
): Json {
  if (Array.isArray(wanted)) {
    return wanted.map((item, index) => stampConditions(item, counterpart(item, index, previous), generation, now));
  }
  if (typeof wanted !== "object" || wanted === null) return wanted;
  const before = isObject(previous) ? previous : {};
  const stamped: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    if (name === "conditions" && Array.isArray(value)) stamped[name] = conditions(value, before[name], generation, now);
    else stamped[name] = stampConditions(value, before[name], generation, now);
  }
  return stamped;
}

function conditions(
  wanted: readonly StatusValue[],
  previous: Json | undefined,
  generation: number,
  now: string,
): Json[] {
  const before = Array.isArray(previous) ? previous.filter(isObject) : [];
  return wanted.filter(isObject).map((condition) => {
    const old = before.find((candidate) => candidate.type === condition.type);
    const lastTransitionTime =
      old !== undefined && old.status === condition.status ? (old.lastTransitionTime ?? now) : now;
    return { ...condition, observedGeneration: generation, lastTransitionTime };
  });
}

/** The item of the previous list that is about the same thing: the listener of that name, the parent of that reference, else the same place. */
function counterpart(item: StatusValue, index: number, previous: Json | undefined): Json | undefined {
  if (!Array.isArray(previous)) return undefined;
  if (!isObject(item)) return previous[index];
  for (const identity of ["name", "parentRef", "ancestorRef"]) {
    if (item[identity] === undefined) continue;
    const text = JSON.stringify(item[identity]);
    return previous.find((candidate) => isObject(candidate) && JSON.stringify(candidate[identity]) === text);
  }
  return previous[index];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two statuses say the same, transition times aside: only then is nothing written. */
export function sameStatus(a: Json | undefined, b: Json | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: Json | undefined): string {
  return JSON.stringify(value, (name, inner: unknown) => {
    if (name === "lastTransitionTime") return undefined;
    return isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  });
}
