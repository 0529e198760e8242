import type { ServedPort, SettledProxyRequest } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import type { PlannedService } from "./planned-services.ts";

/** The Services through which clients reach a gateway's proxies; the target port is the port itself, since Envoy listens on it. */
export function services(
  request: SettledProxyRequest,
  planned: readonly PlannedService[],
  ports: readonly ServedPort[],
  metadata: (name: string, annotations: Readonly<Record<string, string>>) => JsonObject,
  selector: Readonly<Record<string, string>>,
): JsonObject[] {
  const { service } = request.settings;
  const external =
    service.type === "ClusterIP" ? {} : { externalTrafficPolicy: service.externalTrafficPolicy ?? "Local" };
  return planned.map(({ name, wanted }) => ({
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
