import type { ProxyClassState } from "../../../status/programmed.ts";
import type { ProxyReport } from "./protocol.ts";

/**
 * What proxies of one class, connected to whichever replica, say about its Gateway.
 * @param isReady whether requests reach the proxy.
 * @param generations those of the Gateway as this replica knows it: what a proxy acknowledged to a replica that knows others does not count.
 */
export function stateOfProxies(
  generations: string,
  proxies: readonly Pick<ProxyReport, "node" | "acknowledged" | "refusal">[],
  isReady: (node: string) => boolean,
): ProxyClassState {
  const refusal = proxies.find((proxy) => proxy.refusal !== undefined)?.refusal;
  const synced = proxies.filter(({ acknowledged }) => acknowledged === generations);
  return {
    connected: proxies.length,
    synced: synced.length,
    ready: synced.filter(({ node }) => isReady(node)).length,
    ...(refusal === undefined ? {} : { refusal }),
  };
}
