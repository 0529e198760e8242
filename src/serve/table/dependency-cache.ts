import type { ProxyPlan, Requirements } from "../../xds/resource.ts";

/**
 * By list of requirements: all names on which it depends whether a client is ready for the list, those of the clusters' endpoints and secrets included.
 * Kept once for all streams of a plan; clusters, endpoints, secrets and extensions of one name are not told apart.
 */
export class DependencyCache {
  readonly #byPlan = new WeakMap<ProxyPlan, WeakMap<Requirements, ReadonlySet<string>>>();

  of(plan: ProxyPlan, requires: Requirements): ReadonlySet<string> | undefined {
    return this.#byPlan.get(plan)?.get(requires);
  }

  /** Looks at the plan as it is now: to be called again when one of the names has changed. */
  remember(plan: ProxyPlan, requires: Requirements): void {
    const { clusters, secrets, extensions } = requires;
    const names = new Set([...clusters, ...secrets, ...extensions]);
    for (const cluster of clusters) {
      const resource = plan.get("cluster", cluster);
      if (resource?.kind !== "whole") continue;
      if (resource.endpoints !== undefined) names.add(resource.endpoints);
      for (const secret of resource.requires.secrets) names.add(secret);
    }
    let known = this.#byPlan.get(plan);
    if (known === undefined) {
      known = new WeakMap();
      this.#byPlan.set(plan, known);
    }
    known.set(requires, names);
  }
}
