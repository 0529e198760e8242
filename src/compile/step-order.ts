import type { DenyStep, Step } from "../model/step.ts";

/**
 * The order in which a proxy carries out the steps of a rule, whoever asked for them. CORS comes first, because a preflight request carries no
 * credentials; then who is it and may they; then what is sent on. Steps of one kind keep their order, those of policies before the rule's own.
 */
const stepOrder: readonly Step["kind"][] = [
  "deny",
  "cors",
  "jwt",
  "authorize",
  "request-headers",
  "mirror",
  "response-headers",
];

export function orderSteps(steps: readonly Step[]): readonly Step[] {
  return steps.toSorted((a, b) => stepOrder.indexOf(a.kind) - stepOrder.indexOf(b.kind));
}

/** The step that ends every request, if there is one. */
export function denyIn(steps: readonly Step[]): DenyStep | undefined {
  return steps.find((step) => step.kind === "deny");
}
