import { listAt, textAt } from "../model/json.ts";
import type { SettledProxyRequest, WantedAddress } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
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
    const given = service === undefined ? [] : addressesOf(service);
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
  if (!unassigned) return { addresses };
  return { addresses, problem: { reason: "AddressNotAssigned", message: "No address has been assigned yet." } };
}

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

function addressesOf(service: JsonObject): GatewayAddress[] {
  if (textAt(service, "spec", "type") === "LoadBalancer") {
    return listAt(service, "status", "loadBalancer", "ingress").flatMap((ingress): GatewayAddress[] => {
      const ip = textAt(ingress, "ip");
      const hostname = textAt(ingress, "hostname");
      if (ip !== undefined && ip !== "") return [{ type: "IPAddress", value: ip }];
      return hostname === undefined || hostname === "" ? [] : [{ type: "Hostname", value: hostname }];
    });
  }
  const external = listAt(service, "spec", "externalIPs");
  const values = external.length > 0 ? external : listAt(service, "spec", "clusterIPs");
  return values.flatMap((value): GatewayAddress[] =>
    typeof value === "string" && value !== "" && value !== "None" ? [{ type: "IPAddress", value }] : [],
  );
}
