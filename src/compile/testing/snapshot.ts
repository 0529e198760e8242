import type { Collection } from "../../incremental/collection.ts";
import type { PlanCollections } from "../plan.ts";

/** Everything planned, as plain data in a stable order. */
export function snapshot(plan: PlanCollections): Record<keyof PlanCollections, Record<string, unknown>> {
  return {
    proxyClasses: entries(plan.proxyClasses),
    ports: entries(plan.ports),
    listeners: entries(plan.listeners),
    hosts: entries(plan.hosts),
    rules: entries(plan.rules),
    clusters: entries(plan.clusters),
    certificates: entries(plan.certificates),
    trustBundles: entries(plan.trustBundles),
    diagnostics: entries(plan.diagnostics),
  };
}

function entries(collection: Collection<unknown>): Record<string, unknown> {
  return Object.fromEntries([...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
}
