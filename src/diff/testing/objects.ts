/** YAML for tests: a gateway on port 80, services and routes, with as little as a test has to say. */

export function service(name: string, address = "10.0.0.1"): string {
  return `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: shop, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ port: 80, name: "" }]
endpoints: [{ addresses: [${address}], conditions: { ready: true } }]
`;
}

export const gateway = `---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: weir }
spec: { controllerName: weir.dev/gateway }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: weir
  listeners: [{ name: http, port: 80, protocol: HTTP }]
`;

/** `rules` in YAML's flow style, one element each. */
export function route(name: string, hosts: readonly string[], ...rules: readonly string[]): string {
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [${hosts.map((host) => JSON.stringify(host)).join(", ")}]
  rules:
${rules.map((rule) => `  - ${rule}\n`).join("")}`;
}

export function ingress(name: string, host: string, path: string, backend: string): string {
  return `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, namespace: shop }
spec:
  rules:
  - host: ${JSON.stringify(host)}
    http:
      paths: [{ path: ${path}, pathType: Prefix, backend: { service: { name: ${backend}, port: { number: 80 } } } }]
`;
}

/** `{ matches: [{ path: … }], backendRefs: [{ name: web, port: 80 }] }` */
export function prefixRule(path: string, backends: string, more = ""): string {
  return `{ matches: [{ path: { type: PathPrefix, value: ${path} } }], backendRefs: [${backends}]${more} }`;
}

export function backend(name: string, weight = 1): string {
  return `{ name: ${name}, port: 80, weight: ${weight} }`;
}
