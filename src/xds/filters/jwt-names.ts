import type { JwtStep } from "../../model/step.ts";

/** The extension resource that holds the token providers of a proxy class. */
export const TOKEN_EXTENSION = "weir.jwt";

/** A provider's name in that resource, and the metadata key of its claims; stable across edits of the policy's content. */
export function claimsMetadataKey(step: Pick<JwtStep, "instance">, provider: string): string {
  return `${step.instance}/${provider}`;
}

/** What routes call the requirement of these steps: all of them must be satisfied. */
export function requirementName(steps: readonly Pick<JwtStep, "instance">[]): string {
  return steps.map((step) => step.instance).join("+");
}
