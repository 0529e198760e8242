import type { SettledProxyRequest } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import type { AddressState, GatewayAddress } from "../status/addresses.ts";
import { plannedServices, type ServiceLookup } from "./planned-services.ts";
import { addressesOfService, fits } from "./service-addresses.ts";

/**
 * The addresses that a gateway's Services have. A wanted address counts only where it was given: another one in its place is not
 * published, and a wanted one that is not given is not usable, since no API tells a late load balancer from one that refuses.
 */
export function observedAddresses(request: SettledProxyRequest, serviceOf: ServiceLookup): AddressState {
  const addresses: GatewayAddress[] = [];
  const unusable: string[] = [];
  let unassigned = false;
  for (const { name, wanted } of plannedServices(request, serviceOf)) {
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
