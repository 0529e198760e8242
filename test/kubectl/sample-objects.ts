import type { JsonObject } from "../../src/model/source-object.ts";

/** One kind as the list of commands goes over it: an object, and edits of it in the ways kubectl knows. */
export interface Sample {
  /** "ingress": what people type. */
  readonly resource: string;
  /** "ingress.networking.k8s.io": what kubectl prints. */
  readonly printed: string;
  readonly object: JsonObject;
  /** The object with one item of a list, or one value of a mapping, changed. */
  readonly changed: JsonObject;
  readonly columns: readonly string[];
  /**
   * What an apply without a change says. Without knowing which defaults the server adds to the items of a list, kubectl sends them again, and
   * calls that "configured"; the object stays as it was all the same.
   */
  readonly sameAgain: "unchanged" | "configured";
  /** Where the change shows, in kubectl's JSONPath, and what is there before and after. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly strategicPatch: string;
  readonly mergePatch: string;
  readonly jsonPatch: string;
  readonly patched: string;
  /** A field for `explain`, and a line of what it prints. */
  readonly explained: string;
  readonly explanation: RegExp;
  /** A line of `describe`. */
  readonly described: RegExp;
  /** An unknown field, as kubectl has it reported. */
  readonly withUnknownField: JsonObject;
  readonly unknownField: string;
}

const metadata: JsonObject = { name: "web", labels: { app: "web" } };

const servicePorts = (adminPort: number): JsonObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata,
  spec: {
    ports: [
      { name: "http", port: 80, targetPort: 8080 },
      { name: "admin", port: adminPort, targetPort: 9000 },
    ],
  },
});

const secret = (value: string): JsonObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata,
  stringData: { user: "weir", password: value },
});

const ingress = (port: number): JsonObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata,
  spec: {
    rules: [
      { host: "a.example.com", http: { paths: [ingressPath("/", 80)] } },
      { host: "b.example.com", http: { paths: [ingressPath("/", 80), ingressPath("/api", port)] } },
    ],
  },
});

function ingressPath(path: string, number: number): JsonObject {
  return { path, pathType: "Prefix", backend: { service: { name: "web", port: { number } } } };
}

const httpRoute = (weight: number): JsonObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata,
  spec: {
    hostnames: ["a.example.com"],
    rules: [
      { backendRefs: [{ name: "old", port: 80, weight: 100 }] },
      {
        backendRefs: [
          { name: "web", port: 80 },
          { name: "next", port: 80, weight },
        ],
      },
    ],
  },
});

export const samples: readonly Sample[] = [
  {
    resource: "service",
    printed: "service",
    object: servicePorts(81),
    changed: servicePorts(82),
    columns: ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
    sameAgain: "unchanged",
    path: "{.spec.ports[*].port}",
    before: "80 81",
    after: "80 82",
    strategicPatch:
      '{"spec":{"$setElementOrder/ports":[{"port":80},{"port":84}],"ports":[{"port":82,"$patch":"delete"},{"port":84,"name":"extra"}]}}',
    mergePatch: '{"spec":{"ports":[{"port":80,"name":"http"},{"port":84,"name":"extra"}]}}',
    jsonPatch:
      '[{"op":"replace","path":"/spec/ports/0/port","value":80},{"op":"add","path":"/spec/ports/1","value":{"port":84,"name":"more"}},{"op":"remove","path":"/spec/ports/2"}]',
    patched: "80 84",
    explained: "service.spec.ports.targetPort",
    explanation: /FIELD: targetPort <IntOrString>/,
    described: /^Port:\s+admin {2}82\/TCP$/m,
    withUnknownField: { ...servicePorts(82), spec: { ports: [{ port: 80, tragetPort: 8080 }] } },
    unknownField: 'unknown field "spec.ports[0].tragetPort"',
  },
  {
    resource: "secret",
    printed: "secret",
    object: secret("one"),
    changed: secret("two"),
    columns: ["NAME", "TYPE", "DATA", "AGE"],
    sameAgain: "configured",
    path: "{.data.password}",
    before: "b25l",
    after: "dHdv",
    strategicPatch: '{"data":{"password":"Zm91cg=="}}',
    mergePatch: '{"data":{"password":"Zm91cg==","user":null}}',
    jsonPatch: '[{"op":"replace","path":"/data/password","value":"Zm91cg=="}]',
    patched: "Zm91cg==",
    explained: "secret.data",
    explanation: /FIELD: data <map\[string\]string>/,
    described: /^password: +3 bytes$/m,
    withUnknownField: { ...secret("x"), dta: {} },
    unknownField: 'unknown field "dta"',
  },
  {
    resource: "ingress",
    printed: "ingress.networking.k8s.io",
    object: ingress(81),
    changed: ingress(82),
    columns: ["NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"],
    sameAgain: "unchanged",
    path: "{.spec.rules[1].http.paths[*].backend.service.port.number}",
    before: "80 81",
    after: "80 82",
    strategicPatch: `{"spec":{"rules":[{"host":"a.example.com"},{"host":"b.example.com","http":{"paths":[${JSON.stringify(ingressPath("/x", 84))}]}}]}}`,
    mergePatch: `{"spec":{"rules":[{"host":"a.example.com"},{"host":"b.example.com","http":{"paths":[${JSON.stringify(ingressPath("/y", 84))}]}}]}}`,
    jsonPatch:
      '[{"op":"test","path":"/spec/rules/1/host","value":"b.example.com"},{"op":"copy","from":"/spec/rules/1/http/paths/1","path":"/spec/rules/1/http/paths/0"},{"op":"replace","path":"/spec/rules/1/http/paths/0/backend/service/port","value":{"number":84}},{"op":"remove","path":"/spec/rules/1/http/paths/2"},{"op":"remove","path":"/spec/rules/1/http/paths/1"}]',
    patched: "84",
    explained: "ingress.spec.rules.http.paths.backend.service",
    explanation: /FIELD: service <Object>/,
    described: /^ +\/api +web:82 /m,
    withUnknownField: { ...ingress(82), spec: { rules: [{ hots: "a.example.com" }] } },
    unknownField: 'unknown field "spec.rules[0].hots"',
  },
  {
    resource: "httproute",
    printed: "httproute.gateway.networking.k8s.io",
    object: httpRoute(1),
    changed: httpRoute(2),
    columns: ["NAME", "HOSTNAMES", "AGE"],
    sameAgain: "configured",
    path: "{.spec.rules[1].backendRefs[*].weight}",
    before: "1 1",
    after: "1 2",
    strategicPatch: '{"spec":{"rules":[{},{"backendRefs":[{"name":"web","port":80,"weight":4}]}]}}',
    mergePatch: '{"spec":{"rules":[{"matches":[]},{"backendRefs":[{"name":"web","port":80,"weight":4}]}]}}',
    jsonPatch:
      '[{"op":"replace","path":"/spec/rules/1/backendRefs/0/weight","value":4},{"op":"remove","path":"/spec/rules/1/backendRefs/1"}]',
    patched: "4",
    explained: "httproute.spec.rules.matches.path",
    explanation: /FIELD: path <Object>/,
    described: /^ +Hostnames:\n +a\.example\.com$/m,
    withUnknownField: { ...httpRoute(2), spec: { hostname: ["a.example.com"] } },
    unknownField: 'unknown field "spec.hostname"',
  },
];
