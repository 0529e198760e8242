import type { Collection, Entry } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { ListenerTls } from "../model/gateway.ts";
import type { PortHead } from "./placement.ts";
import type { ChainPlan, PortPlan } from "./plan.ts";
import type { Site, Sites } from "./sites.ts";

/**
 * One plan for each socket that has something to serve. A host whose certificates are all unusable gets no chain; a TLS port without any chain is left out,
 * because Envoy refuses a listener without chains.
 */
export function planPorts(graph: Graph, heads: Collection<PortHead>, { byPort }: Sites): Collection<PortPlan> {
  return graph.derive<PortHead, PortPlan>("plan.ports", heads, (head, port, context) => {
    const sites = context.group(byPort, port);
    const chains = head.tls ? tlsChains(head, sites) : [plainChain(head, sites)];
    if (chains.length === 0) return [];
    const plan: PortPlan = {
      proxyClass: head.proxyClass,
      name: head.name,
      ...(head.address === undefined ? {} : { address: head.address }),
      bindPort: head.bindPort,
      clientPort: head.clientPort,
      clientAddress: head.clientAddress,
      edge: head.edge,
      chains,
    };
    return [[port, plan]];
  });
}

function plainChain(head: PortHead, sites: readonly Entry<Site>[]): ChainPlan {
  return {
    name: head.table,
    serverNames: [],
    table: head.table,
    listeners: sites.flatMap(({ value }) => value.listeners).sort(),
  };
}

/** A chain for each isolated site; shared sites with equal TLS settings unite, except the one for all hosts, which serves unknown server names. */
function tlsChains(head: PortHead, sites: readonly Entry<Site>[]): readonly ChainPlan[] {
  const chains = new Map<string, { tls: ListenerTls; table: string; serverNames: string[]; listeners: string[] }>();
  for (const { value: site } of sites) {
    if (site.tls === undefined) continue;
    const name = site.isolated ? site.table : sharedChainName(head, site.hostname, site.tls);
    const chain = chains.get(name) ?? { tls: site.tls, table: site.table, serverNames: [], listeners: [] };
    chains.set(name, chain);
    if (site.hostname !== "*") chain.serverNames.push(site.hostname);
    chain.listeners.push(...site.listeners);
  }
  return [...chains].map(([name, chain]) => ({ name, ...chain }));
}

function sharedChainName(head: PortHead, hostname: string, tls: ListenerTls): string {
  if (hostname === "*") return `${head.table}/*`;
  return `${head.table}~${tls.certificates.join(",")}~${tls.minimumVersion}~${tls.alpn.join(",")}`;
}
