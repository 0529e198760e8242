import { itemsOf, type Requirement } from "../../xds/requirements.ts";
import type { ProxyPlan, Requirements } from "../../xds/resource.ts";

/** By name of a resource: which of the things required it decides about, itself or as the endpoints or a secret of a cluster. */
export type Dependents = ReadonlyMap<string, readonly Requirement[]>;

/**
 * By list of requirements: on which names it depends whether a client is ready for which of them. Kept once for all streams of a plan; clusters, endpoints,
 * secrets and extensions of one name are not told apart.
 */
export class DependencyCache {
  readonly #byPlan = new WeakMap<ProxyPlan, WeakMap<Requirements, Map<string, Requirement[]>>>();

  of(plan: ProxyPlan, requires: Requirements): Dependents | undefined {
    return this.#byPlan.get(plan)?.get(requires);
  }

  /** Looks at the plan as it is now. To be called again for those of its items of which something has changed; what no longer counts may stay. */
  remember(plan: ProxyPlan, requires: Requirements, items: Iterable<Requirement> = itemsOf(requires)): void {
    const dependents = this.#dependents(plan, requires);
    const add = (name: string, item: Requirement) => {
      const known = dependents.get(name);
      if (known === undefined) dependents.set(name, [item]);
      else if (!known.some((one) => one.kind === item.kind && one.name === item.name)) known.push(item);
    };
    for (const item of items) {
      add(item.name, item);
      const resource = item.kind === "cluster" ? plan.get("cluster", item.name) : undefined;
      if (resource?.kind !== "whole") continue;
      if (resource.endpoints !== undefined) add(resource.endpoints, item);
      for (const secret of resource.requires.secrets) add(secret, item);
    }
  }

  #dependents(plan: ProxyPlan, requires: Requirements): Map<string, Requirement[]> {
    let known = this.#byPlan.get(plan);
    if (known === undefined) {
      known = new WeakMap();
      this.#byPlan.set(plan, known);
    }
    let dependents = known.get(requires);
    if (dependents === undefined) {
      dependents = new Map();
      known.set(requires, dependents);
    }
    return dependents;
  }
}
