import type { Collection } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { Listener } from "../model/gateway.ts";
import type { ProxyRequest, ServedPort } from "../model/proxy-request.ts";
import type { WantedProxies } from "./gateway-objects.ts";

/**
 * The gateways that are to have proxies, by `namespace/name`, with the ports of all listeners that any dialect puts on them. An edit of a
 * route touches nothing here.
 */
export function wantedProxies(
  graph: Graph,
  requests: Collection<ProxyRequest>,
  listeners: Collection<Listener>,
): Collection<WantedProxies> {
  const listening = graph.derive("provision/ports", listeners, ({ gateway, bindPort, protocol }, key) => [
    [key, { gateway, port: bindPort, protocol: protocol === "udp" ? "UDP" : "TCP" } as const],
  ]);
  const byGateway = graph.group("provision/ports-by-gateway", listening, ({ gateway }) => [gateway]);
  return graph.derive<ProxyRequest, WantedProxies>("provision/wanted", requests, (request, key, context) => {
    const served = context.group(byGateway, request.gateway).map(({ value }) => value);
    return [[key, { request, ports: distinct(served.length === 0 ? request.writtenPorts : served) }]];
  });
}

function distinct(ports: readonly ServedPort[]): ServedPort[] {
  const found = new Map(ports.map(({ port, protocol }) => [`${protocol}/${port}`, { port, protocol }]));
  return [...found.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}
