/** The objects of the suite. */
import type { JsonObject } from "../../src/model/source-object.ts";

export const namespace = "ingress-suite";
const partOf = "app.kubernetes.io/part-of";
const suiteLabels = { [partOf]: namespace };
/** Selects what of the suite stands in no namespace. */
export const suiteSelector = `${partOf}=${namespace}`;

/** Services, each with one pod that tells the Service's name in its answers. */
export const backendNames = ["one", "two", "three", "fallback"] as const;
export type BackendName = (typeof backendNames)[number];

export const backendPort = { name: "web", number: 8080 } as const;

const echo = {
  image: "registry.k8s.io/gateway-api/echo-basic:v1.5.1",
  port: 3000,
} as const;

export function backendObjects(): readonly JsonObject[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: suiteLabels } },
    ...backendNames.flatMap((name) => [backendService(name), backendDeployment(name)]),
  ];
}

function backendService(name: BackendName): JsonObject {
  const ports = [{ name: backendPort.name, port: backendPort.number, targetPort: echo.port }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector: { backend: name }, ports },
  };
}

function backendDeployment(name: BackendName): JsonObject {
  const labels = { backend: name };
  const container = {
    name: "echo",
    image: echo.image,
    imagePullPolicy: "IfNotPresent",
    env: [{ name: "SERVICE_NAME", value: name }],
    readinessProbe: { tcpSocket: { port: echo.port }, periodSeconds: 1 },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
    },
  };
}

/** A Gateway, and the IngressClass of the same name whose Ingresses it serves. */
export function gatewayObjects(name: string): readonly JsonObject[] {
  const apiGroup = "gateway.networking.k8s.io";
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "Gateway",
      metadata: { name, namespace },
      spec: { gatewayClassName: "weir", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
    },
    ingressClass(name, { apiGroup, kind: "Gateway", scope: "Namespace", namespace, name }),
  ];
}

export function ingressClass(name: string, parameters?: JsonObject): JsonObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name, labels: suiteLabels },
    spec: { controller: "weir.dev/ingress", ...(parameters === undefined ? {} : { parameters }) },
  };
}

export type PathType = "Exact" | "Prefix" | "ImplementationSpecific";

export interface WrittenPath {
  readonly path: string;
  /** Default: Prefix. */
  readonly pathType?: PathType;
  /** A Service of the suite, or the backend as it is written. */
  readonly backend: BackendName | JsonObject;
}

export interface WrittenRule {
  readonly host?: string;
  readonly paths: readonly WrittenPath[];
}

export interface WrittenIngress {
  readonly rules?: readonly WrittenRule[];
  readonly defaultBackend?: BackendName | JsonObject;
  readonly tls?: readonly JsonObject[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @param className undefined for an Ingress that names no class. */
export function ingress(name: string, className: string | undefined, written: WrittenIngress): JsonObject {
  const { rules, defaultBackend, tls, annotations = {} } = written;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace, annotations },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tls === undefined ? {} : { tls }),
      ...(defaultBackend === undefined ? {} : { defaultBackend: backend(defaultBackend) }),
      ...(rules === undefined ? {} : { rules: rules.map(rule) }),
    },
  };
}

function rule({ host, paths }: WrittenRule): JsonObject {
  return {
    ...(host === undefined ? {} : { host }),
    http: {
      paths: paths.map(({ path, pathType = "Prefix", backend: to }) => ({ path, pathType, backend: backend(to) })),
    },
  };
}

function backend(to: BackendName | JsonObject): JsonObject {
  return typeof to === "string" ? { service: { name: to, port: { number: backendPort.number } } } : to;
}
