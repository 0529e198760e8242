import type { Condition, StatusValue } from "../../model/status.ts";

export function met(type: string, reason: string, message: string): Condition {
  return { type, status: "True", reason, message };
}

export function unmet(type: string, reason: string, message: string): Condition {
  return { type, status: "False", reason, message };
}

/** A condition as part of a status; fields in the order in which Kubernetes writes them. */
export function conditionValue({ type, status, reason, message }: Condition): StatusValue {
  return { type, status, reason, message };
}
