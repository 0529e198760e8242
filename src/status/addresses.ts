import type { StatusValue } from "../model/status.ts";

/** Where clients reach a gateway (GatewayStatusAddress). */
export interface GatewayAddress {
  readonly type: "IPAddress" | "Hostname";
  readonly value: string;
}

/** The addresses of a gateway, as far as there are any. */
export interface AddressState {
  readonly addresses: readonly GatewayAddress[];
  /** Why the gateway cannot be reached as it was asked for: a reason of its Programmed condition. */
  readonly problem?: AddressProblem;
  /** What keeps the gateway from having proxies: told where it has none. */
  readonly lacking?: AddressProblem;
}

/** Why a gateway cannot be reached, in the words of GatewayConditionProgrammed's reasons. */
export interface AddressProblem {
  readonly reason: "AddressNotAssigned" | "AddressNotUsable" | "NoResources" | "Invalid";
  readonly message: string;
}

export function gatewayAddresses({ addresses }: AddressState): StatusValue {
  return addresses.map(({ type, value }) => ({ type, value }));
}

/** IngressLoadBalancerStatus of networking.k8s.io/v1. */
export function loadBalancerStatus({ addresses }: AddressState): StatusValue {
  if (addresses.length === 0) return {};
  return { ingress: addresses.map(({ type, value }) => (type === "IPAddress" ? { ip: value } : { hostname: value })) };
}
