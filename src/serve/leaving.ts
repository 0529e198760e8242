import type { PlanSource, ProxyPlan } from "../xds/resource.ts";

/**
 * The plans as a proxy sees them that may be told to leave: without listeners while `isLeaving()`. Routes, clusters and endpoints stay, since
 * Envoy goes on to serve the connections of a removed listener for its drain time.
 */
export function plansWhileLeaving(plans: PlanSource, isLeaving: () => boolean): PlanSource {
  return {
    plan: (proxyClass) => {
      const plan = plans.plan(proxyClass);
      return plan === undefined || !isLeaving() ? plan : withoutListeners(plan);
    },
    revision: () => plans.revision(),
    subscribe: (listener) => plans.subscribe(listener),
  };
}

function withoutListeners(plan: ProxyPlan): ProxyPlan {
  return {
    get: (type, name) => (type === "listener" ? undefined : plan.get(type, name)),
    names: (type) => (type === "listener" ? [] : plan.names(type)),
  };
}
