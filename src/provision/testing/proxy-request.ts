import type { SettledProxyRequest } from "../../model/proxy-request.ts";

/** What a Gateway `shop/web` asks for that says nothing in particular. */
export const plainRequest: SettledProxyRequest = {
  gateway: "shop/web",
  labels: {},
  annotations: {},
  addresses: [],
  writtenPorts: [],
  settings: { service: { type: "LoadBalancer", annotations: {} } },
};
