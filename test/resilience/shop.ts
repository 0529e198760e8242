/** The objects of the tests: a Gateway with two proxies, and backends that leave as backends should. */
import type { JsonObject } from "../../src/model/source-object.ts";

export const namespace = "shop";
export const gatewayName = "edge";

/** Where clients of the load are served. */
export const host = "shop.example";

const gatewayApi = "gateway.networking.k8s.io/v1";

export function namespaceObject(): JsonObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
}

export interface ProxiesOfGateway {
  readonly replicas?: number;
  /** Of the pods; a change of them replaces all. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export function proxyClass({ replicas = 2, annotations = {} }: ProxiesOfGateway = {}): JsonObject {
  return {
    apiVersion: "weir.dev/v1alpha1",
    kind: "ProxyClass",
    metadata: { name: gatewayName, namespace },
    spec: { replicas, podTemplate: { metadata: { annotations } } },
  };
}

export interface ListenerOfGateway {
  readonly name: string;
  readonly hostname?: string;
  /** Name of the Secret with its certificate; without it the listener speaks no TLS. */
  readonly secret?: string;
}

export const listeners: readonly ListenerOfGateway[] = [{ name: "http" }, { name: "https", secret: gatewayName }];

/** All listeners with TLS share port 443, those without port 80. */
export function gateway(has: readonly ListenerOfGateway[] = listeners): JsonObject {
  return {
    apiVersion: gatewayApi,
    kind: "Gateway",
    metadata: { name: gatewayName, namespace },
    spec: {
      gatewayClassName: "weir",
      infrastructure: { parametersRef: { group: "weir.dev", kind: "ProxyClass", name: gatewayName } },
      listeners: has.map(({ name, hostname, secret }) => ({
        name,
        ...(hostname === undefined ? {} : { hostname }),
        ...(secret === undefined
          ? { port: 80, protocol: "HTTP" }
          : { port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: secret }] } }),
      })),
    },
  };
}

export function tlsSecret(name: string, certificate: string, key: string): JsonObject {
  const data = { "tls.crt": btoa(certificate), "tls.key": btoa(key) };
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type: "kubernetes.io/tls", data };
}

const labels = { app: "echo" };

/** Answers with what it was asked and by which pod. Goes on for a while after its end was announced, until no proxy sends it anything. */
export function echo(replicas: number): readonly JsonObject[] {
  const fieldOf = (fieldPath: string): JsonObject => ({ fieldRef: { fieldPath } });
  const container = {
    name: "echo",
    image: "registry.k8s.io/gateway-api/echo-basic:v1.5.1",
    imagePullPolicy: "IfNotPresent",
    env: [
      { name: "POD_NAME", valueFrom: fieldOf("metadata.name") },
      { name: "NAMESPACE", valueFrom: fieldOf("metadata.namespace") },
    ],
    readinessProbe: { httpGet: { path: "/", port: 3000 }, periodSeconds: 1 },
    resources: { requests: { cpu: "10m", memory: "16Mi" } },
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "echo", namespace },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
    echoService("echo"),
  ];
}

/** A Service that leads to the backend. */
export function echoService(name: string): JsonObject {
  const spec = { selector: labels, ports: [{ name: "http", port: 80, targetPort: 3000 }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
}

/** A Service whose endpoints nobody keeps but who writes them. */
export function handMadeService(name: string): JsonObject {
  const spec = { ports: [{ name: "http", port: 80, targetPort: 3000 }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
}

export function handMadeEndpoints(service: string, addresses: readonly string[]): JsonObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: service, namespace, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 3000, protocol: "TCP" }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  };
}

export interface RouteOfGateway {
  readonly name: string;
  readonly hostname: string;
  /** Name of a Service. */
  readonly backend?: string;
  /** Headers of every answer. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Without it, all paths. */
  readonly path?: JsonObject;
}

export function route({ name, hostname, backend = "echo", answers = {}, path }: RouteOfGateway): JsonObject {
  const set = Object.entries(answers).map(([header, value]) => ({ name: header, value }));
  const filters = set.length === 0 ? [] : [{ type: "ResponseHeaderModifier", responseHeaderModifier: { set } }];
  const matches = path === undefined ? {} : { matches: [{ path }] };
  return {
    apiVersion: gatewayApi,
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ name: gatewayName }],
      hostnames: [hostname],
      rules: [{ ...matches, filters, backendRefs: [{ name: backend, port: 80 }] }],
    },
  };
}
