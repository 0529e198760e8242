import { itemsOf, type Requirement } from "../../xds/requirements.ts";
import type { ProxyPlan, Requirements } from "../../xds/resource.ts";

/** By name of a resource: which of the things required it decides about, itself or as the endpoints or a secret of a cluster. */
export type Dependents = ReadonlyMap<string, readonly Requirement[]>;

/**
 * By list of requirements: on which names it depends whether a client is ready for which of them. Kept once for all streams of a plan; clusters, endpoints,
 * secrets and extensions of one name are not told apart.
 */
export class DependencyCache {
  readonly #byPlan = new WeakMap<ProxyPlan, WeakMap<Requirements, Dependents>>();

  of(plan: ProxyPlan, requires: Requirements): Dependents | undefined {
    return this.#byPlan.get(plan)?.get(requires);
  }

  /** Looks at the plan as it is now: to be called again when one of the names has changed. */
  remember(plan: ProxyPlan, requires: Requirements): void {
    const dependents = new Map<string, Requirement[]>();
    const add = (name: string, item: Requirement) => {
      const known = dependents.get(name);
      if (known === undefined) dependents.set(name, [item]);
      else known.push(item);
    };
    for (const item of itemsOf(requires)) {
      add(item.name, item);
      const resource = item.kind === "cluster" ? plan.get("cluster", item.name) : undefined;
      if (resource?.kind !== "whole") continue;
      const { endpoints } = resource;
      if (endpoints !== undefined && endpoints !== item.name) add(endpoints, item);
      for (const secret of resource.requires.secrets) add(secret, item);
    }
    let known = this.#byPlan.get(plan);
    if (known === undefined) {
      known = new WeakMap();
      this.#byPlan.set(plan, known);
    }
    known.set(requires, dependents);
  }
}
