import type { JsonObject } from "../../src/model/source-object.ts";

/** The objects that benchmarks create: plain Gateway API, as a user would write it. */
export interface KubernetesObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface BackendAddress {
  readonly address: string;
  readonly port: number;
}

/** Where nobody listens, for benchmarks that send no requests. */
export const nobody: BackendAddress = { address: "127.0.0.1", port: 9 };

export const NAMESPACE = "bench";
export const GATEWAY = "bench";
export const DOMAIN = "bench.test";

export interface RouteShape {
  /** All routes share one Service instead of each having its own. */
  readonly sharedBackend: boolean;
  /** All routes are paths of one host instead of each having a host of its own. */
  readonly oneHost: boolean;
}

export interface RouteObjects {
  readonly host: string;
  readonly path: string;
  readonly service: KubernetesObject;
  readonly endpoints: KubernetesObject;
  readonly route: KubernetesObject;
}

export function hostOf(index: number, shape: RouteShape): string {
  return shape.oneHost ? `one.${DOMAIN}` : `r${index}.${DOMAIN}`;
}

export function gatewayObjects(
  port: number,
  tlsPort: number | undefined,
  certificate: KubernetesObject | undefined,
): KubernetesObject[] {
  return [gatewayClass, ...(certificate === undefined ? [] : [certificate]), gatewayObject(port, tlsPort)];
}

const gatewayClass: KubernetesObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "weir" },
  spec: { controllerName: "weir.dev/gateway" },
};

/** @param rest more of its `spec`. */
export function gatewayObject(port: number, tlsPort?: number, rest: JsonObject = {}): KubernetesObject {
  const http = { name: "http", port, protocol: "HTTP" };
  const https = {
    name: "https",
    port: tlsPort,
    protocol: "HTTPS",
    hostname: `*.${DOMAIN}`,
    tls: { certificateRefs: [{ name: "bench-tls" }] },
  };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: GATEWAY, namespace: NAMESPACE },
    spec: { gatewayClassName: "weir", listeners: tlsPort === undefined ? [http] : [http, https], ...rest },
  };
}

export function serviceObject(name: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: NAMESPACE },
    spec: { clusterIP: "None", ports: [{ name: "http", port: 80, targetPort: 80, protocol: "TCP" }] },
  };
}

/** The one endpoint of a service, with the labels that Kubernetes itself puts on slices of Services without an address. */
export function endpointSlice(service: string, { address, port }: BackendAddress): KubernetesObject {
  const labels = { "kubernetes.io/service-name": service, "service.kubernetes.io/headless": "" };
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${service}-1`, namespace: NAMESPACE, labels },
    addressType: "IPv4",
    ports: [{ name: "http", port, protocol: "TCP" }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  };
}

/** @param header what the route writes into a request header. */
export function routeObjects(
  index: number,
  backend: BackendAddress,
  shape: RouteShape,
  section: "http" | "https",
  header = `r${index}`,
): RouteObjects {
  const host = hostOf(index, shape);
  const path = shape.oneHost ? `/p${index}` : "/";
  const service = shape.sharedBackend ? "shared" : `s${index}`;
  return {
    host,
    path,
    service: serviceObject(service),
    endpoints: endpointSlice(service, backend),
    route: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: `r${index}`, namespace: NAMESPACE },
      spec: {
        parentRefs: [{ name: "bench", sectionName: section }],
        hostnames: [host],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: path } }],
            filters: [
              {
                type: "RequestHeaderModifier",
                requestHeaderModifier: { set: [{ name: "x-route", value: header }] },
              },
            ],
            backendRefs: [{ name: service, port: 80 }],
          },
        ],
      },
    },
  };
}

/** All objects of the first `count` routes, what a route refers to before the route itself. */
export function objectsOfRoutes(
  count: number,
  { sharedBackend }: RouteShape,
  objectsOf: (index: number) => RouteObjects,
): KubernetesObject[] {
  return Array.from({ length: count }, (_, index) => {
    const { service, endpoints, route } = objectsOf(index);
    return sharedBackend && index > 0 ? [route] : [service, endpoints, route];
  }).flat();
}
