import type { Provenance } from "./provenance.ts";
import type { Step } from "./step.ts";

/** A policy's steps and whom they are for. Compile puts them into the rules of the target. */
export interface Policy {
  /** `objectKey` of the policy object with `#<index of the target>/<section>`. */
  readonly key: string;
  readonly target: PolicyTarget;
  /** What the policy is about: of policies of one kind for one rule, the merge rule picks; different kinds add up. */
  readonly section: "client-addresses" | "access" | "jwt";
  /** default: the more specific target wins; override: the less specific one wins. */
  readonly merge: "default" | "override";
  /** Steps for the rule; a policy that cannot be enforced holds a `deny` step. */
  readonly steps: readonly Step[];
  readonly creationTimestamp: string;
  readonly origin: Provenance;
}

export type PolicyTarget =
  | { readonly kind: "gateway"; readonly gateway: string }
  | { readonly kind: "listener"; readonly gateway: string; readonly section: string }
  /** `object` is the `objectKey` of the route object. */
  | { readonly kind: "route"; readonly object: string }
  | { readonly kind: "rule"; readonly object: string; readonly rule: string };
