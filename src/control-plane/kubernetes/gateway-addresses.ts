import { isIP } from "node:net";
import { listAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject, ObjectRef } from "../../model/source-object.ts";
import { objectName } from "../../provision/names.ts";
import type { AddressState, GatewayAddress } from "../../status/addresses.ts";

/** The Service through which a gateway is reached: its own, or the one that the installation publishes for all. */
export function serviceOf(gateway: string, published: string | undefined): ObjectRef {
  const [namespace = "", name = ""] = (published ?? gateway).split("/", 2);
  return {
    group: "",
    kind: "Service",
    namespace,
    name: published === undefined ? objectName(name) : name,
    scope: "",
  };
}

/**
 * Where a gateway is reached, read from its Service: the addresses of the load balancer, else those the Service lists as external, else, for a
 * Service that is no load balancer, its cluster addresses.
 */
export function addressesOfService(spec: JsonObject, status: Json | undefined): AddressState {
  const balanced = listAt(status, "loadBalancer", "ingress").flatMap((entry) => {
    const value = textAt(entry, "ip") ?? textAt(entry, "hostname");
    return value === undefined ? [] : [addressOf(value)];
  });
  const external = texts(spec, "externalIPs");
  const found = [...balanced, ...external];
  if (found.length > 0) return { addresses: distinct(found) };
  if (textAt(spec, "type") === "LoadBalancer") return waiting("No address has been assigned to the Service yet.");
  const internal = texts(spec, "clusterIPs").filter(({ value }) => value !== "None");
  return internal.length > 0 ? { addresses: distinct(internal) } : waiting("The Service has no address.");
}

/** While the Service of a gateway does not exist. */
export const noService: AddressState = waiting("The Service of the Gateway does not exist yet.");

function waiting(message: string): AddressState {
  return { addresses: [], problem: { reason: "AddressNotAssigned", message } };
}

function texts(spec: JsonObject, field: string): GatewayAddress[] {
  return listAt(spec, field).flatMap((value) => (typeof value === "string" ? [addressOf(value)] : []));
}

function addressOf(value: string): GatewayAddress {
  return { type: isIP(value) === 0 ? "Hostname" : "IPAddress", value };
}

function distinct(addresses: readonly GatewayAddress[]): readonly GatewayAddress[] {
  return [...new Map(addresses.map((address) => [address.value, address])).values()];
}
