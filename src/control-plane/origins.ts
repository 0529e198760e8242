import type { PlanCollections } from "../compile/plan.ts";
import type { LocatePosition, Position, Provenance } from "../model/provenance.ts";
import { describeRef } from "../model/source-object.ts";

/** The object something comes from, and the line that says so. */
export interface Origin {
  /** "Ingress shop/web". */
  readonly object: string;
  readonly position?: Position;
}

/** Where the things that proxies run come from, by the names they have in the proxies' configuration. */
export interface Origins {
  readonly rules: Readonly<Record<string, Origin>>;
  readonly clusters: Readonly<Record<string, Origin>>;
  readonly secrets: Readonly<Record<string, Origin>>;
}

export function originsOf(
  plan: Pick<PlanCollections, "rules" | "clusters" | "certificates">,
  locate: LocatePosition,
): Origins {
  const originOf = (provenance: Provenance): Origin => {
    const position = locate(provenance);
    const object = describeRef(provenance.object);
    return position === undefined ? { object } : { object, position };
  };
  return {
    rules: Object.fromEntries(Array.from(plan.rules.entries(), ([, { rule }]) => [rule.key, originOf(rule.origin)])),
    clusters: Object.fromEntries(
      Array.from(plan.clusters.entries(), ([key, { backend }]) => [key, originOf(backend.origin)]),
    ),
    secrets: Object.fromEntries(
      Array.from(plan.certificates.entries(), ([key, { certificate }]) => [key, originOf(certificate.origin)]),
    ),
  };
}
