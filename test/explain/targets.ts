import type {
  ChainPlan,
  Conjunction,
  HostPlan,
  PlanCollections,
  PlannedRule,
  PortPlan,
} from "../../src/compile/plan.ts";

/** A place where a request can end up: one alternative of one rule, under one host of one chain of one port. */
export interface RequestTarget {
  readonly port: PortPlan;
  readonly chain: ChainPlan;
  readonly host: HostPlan;
  readonly planned: PlannedRule;
  readonly alternative: Conjunction;
}

/** Everything that requests can aim at, in an order that does not depend on how the plan came about or which ports were free. */
export function requestTargets(plan: PlanCollections): readonly RequestTarget[] {
  const targets: RequestTarget[] = [];
  const ports = [...plan.ports.entries()].map(([, port]) => port);
  for (const port of ports) {
    for (const chain of port.chains) {
      for (const host of hostsOf(plan, port, chain)) {
        for (const { value: planned } of host.rules) {
          for (const alternative of planned.alternatives) targets.push({ port, chain, host, planned, alternative });
        }
      }
    }
  }
  return targets.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function hostsOf(plan: PlanCollections, port: PortPlan, chain: ChainPlan): readonly HostPlan[] {
  return [...plan.hosts.entries()]
    .map(([, host]) => host)
    .filter(({ proxyClass, table }) => proxyClass === port.proxyClass && table === chain.table);
}

function sortKey({ chain, host, planned, alternative }: RequestTarget): string {
  const place = [planned.listener, chain.serverNames, chain.tls !== undefined, host.domain, planned.rule.key];
  return JSON.stringify([...place, alternative]);
}
