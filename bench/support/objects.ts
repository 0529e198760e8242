/** The objects that benchmarks create: plain Gateway API, as a user would write it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export const NAMESPACE = "bench";
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
  const http = { name: "http", port, protocol: "HTTP" };
  const https = {
    name: "https",
    port: tlsPort,
    protocol: "HTTPS",
    hostname: `*.${DOMAIN}`,
    tls: { certificateRefs: [{ name: "bench-tls" }] },
  };
  return [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: "weir" },
      spec: { controllerName: "weir.dev/gateway" },
    },
    ...(certificate === undefined ? [] : [certificate]),
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "bench", namespace: NAMESPACE },
      spec: { gatewayClassName: "weir", listeners: tlsPort === undefined ? [http] : [http, https] },
    },
  ];
}

export function serviceObject(name: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: NAMESPACE },
    spec: { clusterIP: "None", ports: [{ name: "http", port: 80, targetPort: 80, protocol: "TCP" }] },
  };
}

export function endpointSlice(
  service: string,
  ports: { readonly address: string; readonly port: number }[],
): KubernetesObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${service}-1`, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: [{ name: "http", port: ports[0]?.port, protocol: "TCP" }],
    endpoints: ports.map(({ address }) => ({ addresses: [address], conditions: { ready: true } })),
  };
}

export function routeObjects(
  index: number,
  backendPort: number,
  shape: RouteShape,
  section: "http" | "https",
): RouteObjects {
  const host = hostOf(index, shape);
  const path = shape.oneHost ? `/p${index}` : "/";
  const service = shape.sharedBackend ? "shared" : `s${index}`;
  return {
    host,
    path,
    service: serviceObject(service),
    endpoints: endpointSlice(service, [{ address: "127.0.0.1", port: backendPort }]),
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
                requestHeaderModifier: { set: [{ name: "x-route", value: `r${index}` }] },
              },
            ],
            backendRefs: [{ name: service, port: 80 }],
          },
        ],
      },
    },
  };
}
