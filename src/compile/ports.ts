import type { Collection, Entry, Group } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { PortHead } from "./placement.ts";
import type { ChainPlan, PortPlan } from "./plan.ts";
import type { Site, Sites } from "./sites.ts";
import type { PortStream } from "./streams.ts";

interface PortChain {
  readonly port: string;
  readonly chain: ChainPlan;
}

/**
 * One plan for each socket that has something to serve. A host whose certificates are all unusable gets no chain; a TLS port without any chain is left out,
 * because Envoy refuses a listener without chains.
 */
export function planPorts(
  graph: Graph,
  heads: Collection<PortHead>,
  { sites }: Sites,
  streams: Group<PortStream>,
): Collection<PortPlan> {
  const members = graph.group("compile.chain-members", sites, chainKeys);
  const chains = graph.derive<readonly Entry<Site>[], PortChain>("compile.chains", members, (list, key) => {
    const first = list[0]?.value;
    return first === undefined ? [] : [[key, { port: first.port, chain: chainOf(key, list) }]];
  });
  const byPort = graph.group("compile.port-chains", chains, ({ port }) => [port]);
  return graph.derive<PortHead, PortPlan>("plan.ports", heads, (head, port, context) => {
    const list = context.group(byPort, port);
    const passed = context.group(streams, port);
    if (list.length === 0 && passed.length === 0) return [];
    const plan: PortPlan = {
      proxyClass: head.proxyClass,
      name: head.name,
      ...(head.address === undefined ? {} : { address: head.address }),
      bindPort: head.bindPort,
      clientPort: head.clientPort,
      clientAddress: head.clientAddress,
      edge: head.edge,
      chains: list.map(({ value }) => value.chain),
      streams: passed.map(({ value }) => value.chain),
    };
    return [[port, plan]];
  });
}

/**
 * `<port key>|<chain name>`. Plain HTTP has one chain. With TLS each isolated site has its own; shared sites with equal TLS settings unite, except the
 * one for all hosts, which serves unknown server names.
 */
function chainKeys(site: Site): readonly string[] {
  if (!site.secure) return [`${site.port}|${site.table}`];
  if (site.tls === undefined) return [];
  if (site.isolated) return [`${site.port}|${site.table}`];
  if (site.hostname === "*") return [`${site.port}|${site.table}/*`];
  const { certificates, minimumVersion, alpn, clientValidation } = site.tls;
  const clients = clientValidation === undefined ? "" : `~${clientValidation.mode}/${clientValidation.bundle}`;
  return [`${site.port}|${site.table}~${certificates.join(",")}~${minimumVersion}~${alpn.join(",")}${clients}`];
}

function chainOf(key: string, list: readonly Entry<Site>[]): ChainPlan {
  const sites = list.map((entry) => entry.value);
  const [first] = sites;
  const chain = {
    name: key.slice(key.lastIndexOf("|") + 1),
    serverNames: first?.secure === true ? sites.map((site) => site.hostname).filter((name) => name !== "*") : [],
    table: first?.table ?? "",
    listeners: sites.flatMap((site) => site.listeners),
  };
  return first?.tls === undefined ? chain : { ...chain, tls: first.tls };
}
