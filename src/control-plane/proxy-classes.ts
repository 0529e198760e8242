import type { ConnectedProxy, ProxyRegistry } from "../serve/registry.ts";
import type { ProxyClassState } from "../status/programmed.ts";

/** The class that all gateways share where one Envoy runs everything. */
export const SHARED_CLASS = "local";

export type ProxyClasses = "shared" | "per-gateway";

/** Which proxies run a gateway: all of them the same ones, or each its own. */
export function proxyClassOf(classes: ProxyClasses): (gateway: string) => string {
  return classes === "shared" ? () => SHARED_CLASS : (gateway) => gateway;
}

/**
 * What is known of the connected proxies of one class.
 * @param isReady whether requests reach the proxy of that node id.
 */
export function classState(
  registry: ProxyRegistry,
  proxyClass: string,
  isReady: (nodeId: string) => boolean = () => true,
): ProxyClassState {
  let connected = 0;
  let synced = 0;
  let ready = 0;
  let refusal: string | undefined;
  for (const proxy of registry.list()) {
    if (proxy.proxyClass !== proxyClass) continue;
    connected++;
    // A proxy that refuses something is never in sync, and looking for refusals costs more than asking that.
    if (proxy.synced()) {
      synced++;
      if (isReady(proxy.nodeId)) ready++;
    } else refusal ??= firstRefusal(proxy);
  }
  return { connected, synced, ready, ...(refusal === undefined ? {} : { refusal }) };
}

/** What a proxy says about something that it refuses; undefined where it refuses nothing. */
export function firstRefusal(proxy: ConnectedProxy): string | undefined {
  for (const status of proxy.types().values()) {
    if (status.refused.length > 0) return status.lastError ?? "no reason given";
  }
  return undefined;
}
