import type { ConnectedProxy, ProxyRegistry } from "../serve/registry.ts";
import type { ProxyClassState } from "../status/programmed.ts";

/** The class that all gateways share where one Envoy runs everything. */
export const SHARED_CLASS = "local";

export type ProxyClasses = "shared" | "per-gateway";

/** Which proxies run a gateway: all of them the same ones, or each its own. */
export function proxyClassOf(classes: ProxyClasses): (gateway: string) => string {
  return classes === "shared" ? () => SHARED_CLASS : (gateway) => gateway;
}

/** What is known of the connected proxies of one class. */
export function classState(registry: ProxyRegistry, proxyClass: string): ProxyClassState {
  const proxies = registry.list().filter((proxy) => proxy.proxyClass === proxyClass);
  const refusal = proxies.map(firstRefusal).find((text) => text !== undefined);
  return {
    connected: proxies.length,
    synced: proxies.filter((proxy) => proxy.synced()).length,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function firstRefusal(proxy: ConnectedProxy): string | undefined {
  for (const status of proxy.types().values()) {
    if (status.refused.length > 0) return status.lastError ?? "no reason given";
  }
  return undefined;
}
