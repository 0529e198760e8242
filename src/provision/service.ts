import type { ServedPort, SettledProxyRequest, WantedAddress } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import { hash8, objectName } from "./names.ts";

/** A Service of a gateway, and the address that it is to bring. */
export interface PlannedService {
  readonly name: string;
  /** Undefined: whatever address comes. */
  readonly wanted?: WantedAddress;
}

/**
 * A load balancer gives one address for each Service, so that a gateway with several wanted addresses has several Services. Where
 * addresses need no load balancer, one Service carries them all.
 */
export function plannedServices(request: SettledProxyRequest): readonly PlannedService[] {
  const [, gateway = ""] = request.gateway.split("/");
  if (request.settings.service.type !== "LoadBalancer") return [{ name: objectName(gateway) }];
  const valued = request.addresses.filter((address) => address.value !== undefined && address.value !== "");
  const any = request.addresses.filter((address) => !valued.includes(address)).slice(0, valued.length === 0 ? 1 : 0);
  const [first, ...rest] = [...valued, ...any];
  return [
    { name: objectName(gateway), ...(first === undefined ? {} : { wanted: first }) },
    ...rest.map((wanted) => ({ name: objectName(gateway, hash8(wanted.value ?? "")), wanted })),
  ];
}

/** The Services through which clients reach a gateway's proxies; the target port is the port itself, since Envoy listens on it. */
export function services(
  request: SettledProxyRequest,
  ports: readonly ServedPort[],
  metadata: (name: string, annotations: Readonly<Record<string, string>>) => JsonObject,
  selector: Readonly<Record<string, string>>,
): JsonObject[] {
  const { service } = request.settings;
  const external =
    service.type === "ClusterIP" ? {} : { externalTrafficPolicy: service.externalTrafficPolicy ?? "Local" };
  return plannedServices(request).map(({ name, wanted }) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(name, service.annotations),
    spec: {
      type: service.type,
      selector,
      ipFamilyPolicy: "PreferDualStack",
      ...external,
      ...(service.loadBalancerClass === undefined || service.type !== "LoadBalancer"
        ? {}
        : { loadBalancerClass: service.loadBalancerClass }),
      ...(wanted?.type === "IPAddress" && wanted.value !== undefined ? { loadBalancerIP: wanted.value } : {}),
      ...externalAddresses(request),
      ports: ports.map(({ port, protocol }) => ({
        name: `${protocol.toLowerCase()}-${port}`,
        protocol,
        port,
        targetPort: port,
      })),
    },
  }));
}

function externalAddresses({ addresses, settings }: SettledProxyRequest): JsonObject {
  if (settings.service.type === "LoadBalancer") return {};
  const values = addresses.flatMap(({ type, value }) => (type === "IPAddress" && value !== undefined ? [value] : []));
  return values.length === 0 ? {} : { externalIPs: values };
}
