import type { Json } from "../../model/source-object.ts";
import { choice, int64, keyed, object, type Shape, text } from "../shape.ts";

const condition = object(
  "One observation about the object.",
  {
    lastTransitionTime: text("When `status` last changed.", { format: "date-time" }),
    message: text("Details for people.", { maxLength: 32768 }),
    observedGeneration: int64("The generation the observation is about.", { minimum: 0 }),
    reason: text("Why, as one word for programs.", {
      minLength: 1,
      maxLength: 1024,
      pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    }),
    status: choice("Whether the condition holds.", ["True", "False", "Unknown"]),
    type: text("Name of the condition.", {
      maxLength: 316,
      pattern:
        "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
    }),
  },
  { required: ["lastTransitionTime", "message", "reason", "status", "type"] },
);

interface ConditionLimits {
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: Json;
}

export const conditions = (description: string, limits: ConditionLimits = {}): Shape =>
  keyed(description, ["type"], condition, limits);

/** What the published definitions put in before a controller has spoken. */
export function pendingConditions(...types: readonly string[]): Json {
  return types.map((type) => ({
    lastTransitionTime: "1970-01-01T00:00:00Z",
    message: "Waiting for controller",
    reason: "Pending",
    status: "Unknown",
    type,
  }));
}
