import { isObject } from "../model/json.ts";
import type { JsonObject } from "../model/source-object.ts";
import type { KindDefinition, Violation } from "./kind-definition.ts";
import { metadataViolations } from "./metadata.ts";

export interface Admitted {
  /** A new object: defaults filled in, unknown fields dropped. Fit for use unless something worse than an unknown field was found. */
  readonly object: JsonObject;
  readonly violations: readonly Violation[];
}

/**
 * What an API server would have done with a body before storing it: shape, defaults, then the rules. Rules run only on what fits the
 * schema, so that one mistake is told once. Never throws, whatever the body holds.
 */
export function admit(definition: KindDefinition, body: JsonObject): Admitted {
  const fitted = definition.fit(body);
  const metadata = metadataViolations(definition, isObject(fitted.object.metadata) ? fitted.object : body);
  const violations = [...fitted.violations, ...metadata];
  if (violations.some(isFatal)) return { object: fitted.object, violations };
  const object = definition.complete?.(fitted.object) ?? fitted.object;
  for (const rule of definition.rules) {
    for (const violation of rule(object)) violations.push({ kind: "invalid", ...violation });
  }
  return { object, violations };
}

/** Whether the object cannot be used: everything but fields nobody knows. */
export function isFatal(violation: Violation): boolean {
  return violation.kind !== "unknown-field";
}

/** What a change may not do: the rules of `admit` look at one object only. */
export function judgeUpdate(
  definition: KindDefinition,
  previous: JsonObject,
  object: JsonObject,
): readonly Violation[] {
  return definition.updateRules.flatMap((rule) =>
    rule(previous, object).map((violation): Violation => ({ kind: "invalid", ...violation })),
  );
}
