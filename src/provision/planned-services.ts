import { textAt } from "../model/json.ts";
import type { SettledProxyRequest, WantedAddress } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import { hash8, objectName } from "./names.ts";
import { addressesOfService, fits, sameAddress } from "./service-addresses.ts";

/** A Service of a gateway, and the address that it is to bring. */
export interface PlannedService {
  readonly name: string;
  /** Undefined: whatever address comes. */
  readonly wanted?: WantedAddress;
}

/** A Service of the gateway's namespace that Weir made, by name; undefined where there is none. */
export type ServiceLookup = (name: string) => JsonObject | undefined;

type ValuedAddress = WantedAddress & { readonly value: string };

/**
 * A load balancer gives one address for each Service, so that a gateway with several wanted addresses has several Services. Where
 * addresses need no load balancer, one Service carries them all.
 *
 * One address has the Service with the gateway's own name, the others have one named after them. An address stays with the Service that has it, whatever
 * becomes of the others: no load balancer gives an address to a second Service before it is rid of the first, and nobody would be let in meanwhile.
 */
export function plannedServices(request: SettledProxyRequest, serviceOf: ServiceLookup): readonly PlannedService[] {
  const [, gateway = ""] = request.gateway.split("/");
  const main = objectName(gateway);
  if (request.settings.service.type !== "LoadBalancer") return [{ name: main }];
  const valued = request.addresses.filter(hasValue);
  if (valued.length === 0) {
    const [wanted] = request.addresses;
    return [{ name: main, ...(wanted === undefined ? {} : { wanted }) }];
  }
  const ownName = ({ value }: ValuedAddress): string => objectName(gateway, hash8(value));
  const atMain =
    ofService(valued, serviceOf(main)) ?? valued.find((address) => serviceOf(ownName(address)) === undefined);
  return valued.map((wanted) => ({ name: wanted === atMain ? main : ownName(wanted), wanted }));
}

/** The one of the addresses that a Service has, or else asks for. */
function ofService(wanted: readonly ValuedAddress[], service: JsonObject | undefined): ValuedAddress | undefined {
  if (service === undefined) return undefined;
  const given = addressesOfService(service);
  const asked = textAt(service, "spec", "loadBalancerIP") ?? "";
  return (
    wanted.find((address) => given.some((one) => fits(one, address))) ??
    wanted.find(({ value }) => sameAddress(value, asked))
  );
}

function hasValue(address: WantedAddress): address is ValuedAddress {
  return address.value !== undefined && address.value !== "";
}
