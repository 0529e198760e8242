import type { HostPlan, PlanCollections, PlannedRule, PortPlan } from "../compile/plan.ts";
import type { DiffSide } from "./plan-diff.ts";

/** One side, without what is planned for a port that no proxy opens yet (TLS without any certificate, for example). */
export interface ServedSide extends DiffSide {
  /** Those of tables that a port serves; otherwise as in the plan. */
  readonly hosts: ReadonlyMap<string, HostPlan>;
  /** Those that a served host holds. */
  readonly rules: ReadonlyMap<string, PlannedRule>;
  /** The port that serves a route table. */
  readonly portOf: (host: Pick<HostPlan, "proxyClass" | "table">) => PortPlan | undefined;
}

export function servedSide(side: DiffSide): ServedSide {
  const ports = portsByTable(side.plan);
  const portOf: ServedSide["portOf"] = ({ proxyClass, table }) => ports.get(`${proxyClass}|${table}`);
  const hosts = new Map([...side.plan.hosts.entries()].filter(([, host]) => portOf(host) !== undefined));
  const rules = new Map<string, PlannedRule>();
  for (const host of hosts.values()) for (const { key, value } of host.rules) rules.set(key, value);
  return { plan: side.plan, endpointSets: side.endpointSets, hosts, rules, portOf };
}

function portsByTable({ ports }: PlanCollections): ReadonlyMap<string, PortPlan> {
  const byTable = new Map<string, PortPlan>();
  for (const [, port] of ports.entries()) {
    for (const { table } of port.chains) byTable.set(`${port.proxyClass}|${table}`, port);
  }
  return byTable;
}
