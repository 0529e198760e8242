import { covers, patternsOver } from "./domain.ts";
import type { ChainPlan, HostPlan, PlanCollections, PortPlan } from "./plan.ts";

/**
 * The chain that a connection gets: the one with the most specific server name that covers what the client asked for, else the one without
 * server names. Undefined: no chain fits and the connection is closed.
 */
export function chainFor(port: PortPlan, serverName: string | undefined): ChainPlan | undefined {
  for (const pattern of serverName === undefined ? [] : patternsOver(serverName.toLowerCase())) {
    const chain = port.chains.find((candidate) => candidate.serverNames.includes(pattern));
    if (chain !== undefined) return chain;
  }
  return port.chains.find((candidate) => candidate.serverNames.length === 0);
}

/** The virtual host that serves a host name (without port): the exact one, else the one with the longest wildcard, else "*". */
export function hostFor(
  hosts: PlanCollections["hosts"],
  proxyClass: string,
  table: string,
  host: string,
): HostPlan | undefined {
  for (const pattern of patternsOver(host.toLowerCase())) {
    const plan = hosts.get(`${proxyClass}|${table}|${pattern}`);
    if (plan !== undefined && covers(pattern, host.toLowerCase())) return plan;
  }
  return undefined;
}
