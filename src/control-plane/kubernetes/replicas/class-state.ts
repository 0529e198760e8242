import type { ProxyClassState } from "../../../status/programmed.ts";
import type { ProxyReport } from "./protocol.ts";

/**
 * What proxies of one class, connected to whichever replica, say about its Gateway.
 * @param generations those of the Gateway as this replica knows it: what a proxy acknowledged to a replica that knows others does not count.
 */
export function stateOfProxies(
  generations: string,
  proxies: readonly Pick<ProxyReport, "acknowledged" | "refusal">[],
): ProxyClassState {
  const refusal = proxies.find((proxy) => proxy.refusal !== undefined)?.refusal;
  return {
    connected: proxies.length,
    synced: proxies.filter(({ acknowledged }) => acknowledged === generations).length,
    ...(refusal === undefined ? {} : { refusal }),
  };
}
