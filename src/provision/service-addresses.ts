import { isIP } from "node:net";
import { listAt, textAt } from "../model/json.ts";
import type { WantedAddress } from "../model/proxy-request.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import type { GatewayAddress } from "../status/addresses.ts";

/** Those of the load balancer and those listed as external; a Service that asks for no load balancer and lists none is reached inside the cluster. */
export function addressesOfService(service: JsonObject): GatewayAddress[] {
  const isBalanced = textAt(service, "spec", "type") === "LoadBalancer";
  const balanced = isBalanced ? listAt(service, "status", "loadBalancer", "ingress") : [];
  const outside = [
    ...balanced.map((entry) => textAt(entry, "ip") || textAt(entry, "hostname")),
    ...listAt(service, "spec", "externalIPs"),
  ];
  const found = outside.flatMap(addressOf);
  if (found.length > 0 || isBalanced) return found;
  return listAt(service, "spec", "clusterIPs").flatMap((value) => (value === "None" ? [] : addressOf(value)));
}

/** Whether an address is what was wanted; without a value any of the type is. */
export function fits(given: GatewayAddress, wanted: WantedAddress | undefined): boolean {
  if (wanted === undefined) return true;
  if (wanted.value === undefined || wanted.value === "") return wanted.type === given.type;
  return sameAddress(wanted.value, given.value);
}

export function sameAddress(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

/** One spelling for each address, so that IPv6 addresses compare. */
function normal(value: string): string {
  const url = value.includes(":") ? URL.parse(`http://[${value}]/`) : null;
  return url === null ? value.toLowerCase() : url.hostname.slice(1, -1);
}

function addressOf(value: Json | undefined): GatewayAddress[] {
  if (typeof value !== "string" || value === "") return [];
  return [{ type: isIP(value) === 0 ? "Hostname" : "IPAddress", value }];
}
