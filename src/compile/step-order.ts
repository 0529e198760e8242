import type { DenyStep, Step } from "../model/step.ts";

/**
 * The order in which a proxy carries out the steps of a rule, whoever asked for them. CORS comes first, because a preflight request carries no
 * credentials; then who may come at all, who it is, and what they may do; then what is sent on.
 */
const stepOrder = [
  "deny",
  "cors",
  "authorize",
  "jwt",
  "authorize-by-token",
  "request-headers",
  "mirror",
  "response-headers",
] as const;

/** Steps of one place keep their order: those of policies come before the rule's own. */
export function orderSteps(steps: readonly Step[]): readonly Step[] {
  return steps.toSorted((a, b) => stepOrder.indexOf(placeOf(a)) - stepOrder.indexOf(placeOf(b)));
}

/** The step that ends every request, if there is one. */
export function denyIn(steps: readonly Step[]): DenyStep | undefined {
  return steps.find((step) => step.kind === "deny");
}

function placeOf(step: Step): (typeof stepOrder)[number] {
  if (step.kind !== "authorize") return step.kind;
  const asksForClaims = [...step.deny, ...step.allow].some((rule) => rule.jwtClaims !== undefined);
  return asksForClaims ? "authorize-by-token" : "authorize";
}
