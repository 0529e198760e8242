import type { Condition, StatusValue } from "../model/status.ts";

/** The conditions of a status or of a part of one; what is none is left out. */
export function conditionsOf(status: StatusValue | undefined): Condition[] {
  const value = fieldOf(status, "conditions");
  const list: Condition[] = [];
  for (const item of listOf(value)) {
    const { type, status: outcome, reason, message } = isFields(item) ? item : {};
    if (typeof type !== "string" || typeof reason !== "string" || typeof message !== "string") continue;
    if (outcome === "True" || outcome === "False" || outcome === "Unknown") {
      list.push({ type, status: outcome, reason, message });
    }
  }
  return list;
}

/** The statuses of listeners in that of a Gateway or ListenerSet. */
export function listenersOf(status: StatusValue): readonly StatusValue[] {
  return listOf(fieldOf(status, "listeners"));
}

/** Undefined where there is no such field. */
export function fieldOf(value: StatusValue | undefined, name: string): StatusValue | undefined {
  return isFields(value) ? value[name] : undefined;
}

export function isFields(
  value: StatusValue | undefined,
): value is { readonly [name: string]: StatusValue | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: StatusValue | undefined): readonly StatusValue[] {
  return isValues(value) ? value : [];
}

/** `Array.isArray` alone does not narrow readonly lists. */
function isValues(value: StatusValue | undefined): value is readonly StatusValue[] {
  return Array.isArray(value);
}
