import { isIP } from "node:net";
import { listAt, textAt } from "../model/json.ts";
import type { SettledProxyRequest, WantedAddress } from "../model/proxy-request.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import type { AddressState, GatewayAddress } from "../status/addresses.ts";
import { plannedServices } from "./service.ts";

/**
 * The addresses that a gateway's Services have. A wanted address counts only where it was given: another one in its place is not
 * published, and a wanted one that is not given is not usable, since no API tells a late load balancer from one that refuses.
 */
export function observedAddresses(
  request: SettledProxyRequest,
  serviceOf: (name: string) => JsonObject | undefined,
): AddressState {
  const addresses: GatewayAddress[] = [];
  const unusable: string[] = [];
  let unassigned = false;
  for (const { name, wanted } of plannedServices(request)) {
    const service = serviceOf(name);
    const given = service === undefined ? [] : addressesOfService(service);
    const fitting = given.filter((address) => fits(address, wanted));
    addresses.push(...fitting);
    if (fitting.length > 0) continue;
    if (wanted?.value === undefined || wanted.value === "") unassigned = true;
    else unusable.push(wanted.value);
  }
  if (unusable.length > 0) {
    const message = `Nothing gives the Gateway the address ${unusable.join(", ")}.`;
    return { addresses, problem: { reason: "AddressNotUsable", message } };
  }
  return unassigned ? { ...notAssigned, addresses } : { addresses };
}

/** The addresses that Services have, where none in particular are wanted. */
export function addressesOfServices(services: readonly JsonObject[]): AddressState {
  const addresses = services.flatMap(addressesOfService);
  return addresses.length === 0 ? notAssigned : { addresses };
}

const notAssigned: AddressState = {
  addresses: [],
  problem: { reason: "AddressNotAssigned", message: "No address has been assigned yet." },
};

function fits(given: GatewayAddress, wanted: WantedAddress | undefined): boolean {
  if (wanted === undefined) return true;
  if (wanted.value === undefined || wanted.value === "") return wanted.type === given.type;
  return normal(wanted.value) === normal(given.value);
}

/** One spelling for each address, so that IPv6 addresses compare. */
function normal(value: string): string {
  const url = value.includes(":") ? URL.parse(`http://[${value}]/`) : null;
  return url === null ? value.toLowerCase() : url.hostname.slice(1, -1);
}

/** Those of the load balancer and those listed as external; a Service that asks for no load balancer and lists none is reached inside the cluster. */
function addressesOfService(service: JsonObject): GatewayAddress[] {
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

function addressOf(value: Json | undefined): GatewayAddress[] {
  if (typeof value !== "string" || value === "") return [];
  return [{ type: isIP(value) === 0 ? "Hostname" : "IPAddress", value }];
}
