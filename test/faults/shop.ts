import { stringify } from "yaml";
import type { JsonObject } from "../../src/model/source-object.ts";

/** Objects that serve hosts on one port; every function gives plain objects, `yamlOf` the text of a file. */
export function yamlOf(objects: readonly JsonObject[]): string {
  return objects.map((object) => stringify(object)).join("---\n");
}

/** A gateway that listens on `port`, without TLS. */
export function gateway(port: number, name = "edge"): readonly JsonObject[] {
  return [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: "weir" },
      spec: { controllerName: "weir.dev/gateway" },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name, namespace: "shop" },
      spec: { gatewayClassName: "weir", listeners: [{ name: "http", port, protocol: "HTTP" }] },
    },
  ];
}

/** A service whose endpoint is a server on loopback. */
export function service(name: string, endpointPort: number): readonly JsonObject[] {
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "shop" },
      spec: { ports: [{ name: "http", port: 80 }] },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-1`, namespace: "shop", labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [{ name: "http", port: endpointPort }],
      endpoints: [{ addresses: ["127.0.0.1"] }],
    },
  ];
}

/** An HTTPRoute that sends all of a host to a service. */
export function route(name: string, host: string, backend: string): JsonObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace: "shop" },
    spec: {
      parentRefs: [{ name: "edge" }],
      hostnames: [host],
      rules: [{ backendRefs: [{ name: backend, port: 80 }] }],
    },
  };
}
