import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textAt } from "../../model/json.ts";
import { formatPath } from "../../model/provenance.ts";
import { groupOf, type Json, type JsonObject } from "../../model/source-object.ts";
import { admit } from "../admit.ts";
import { definitionOf } from "../kinds.ts";

/** What the rules of the kinds without published rules say: what passes, and the exact words for what does not. */

function verdict(body: JsonObject): readonly string[] {
  const definition = definitionOf(groupOf(textAt(body, "apiVersion") ?? ""), textAt(body, "kind") ?? "");
  assert.ok(definition !== undefined);
  return admit(definition, body).violations.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

type Case = readonly [title: string, fields: JsonObject, told: readonly string[]];

function cases(apiVersion: string, kind: string, list: readonly Case[]): void {
  void describe(kind, () => {
    for (const [title, fields, told] of list) {
      void it(title, () => {
        assert.deepEqual(verdict({ apiVersion, kind, metadata: { name: "web" }, ...fields }), told);
      });
    }
  });
}

const backend = { service: { name: "web", port: { number: 80 } } };
const onPath = (path: Json, pathType = "Prefix"): JsonObject => ({
  spec: { rules: [{ http: { paths: [{ path, pathType, backend }] } }] },
});
const to = (value: Json): JsonObject => ({ spec: { defaultBackend: value } });

cases("networking.k8s.io/v1", "Ingress", [
  [
    "a path and a wildcard host",
    { spec: { rules: [{ host: "*.a.example", http: { paths: [{ path: "/a", pathType: "Exact", backend }] } }] } },
    [],
  ],
  [
    "an implementation-specific path may be anything absolute, or nothing",
    onPath("/a//b(/|$)(.*)", "ImplementationSpecific"),
    [],
  ],
  ["neither rules nor default backend", { spec: {} }, ["spec: has neither rules nor a defaultBackend"]],
  ["a relative path", onPath("a"), ['spec.rules[0].http.paths[0].path: "a" must start with "/"']],
  ["an empty path", onPath(""), ["spec.rules[0].http.paths[0].path: is required for this pathType"]],
  [
    "a path with an escaped slash",
    onPath("/a%2Fb"),
    ['spec.rules[0].http.paths[0].path: "/a%2Fb" contains %2F, which no normalised request path has'],
  ],
  [
    "a path that ends above itself",
    onPath("/a/.."),
    ['spec.rules[0].http.paths[0].path: "/a/.." ends with /.., which no normalised request path does'],
  ],
  [
    "a wildcard within a host",
    { spec: { rules: [{ host: "a.*.example" }] } },
    [
      'spec.rules[0].host: "a.*.example" is no wildcard host: only the whole first label can be "*", as in *.example.com',
    ],
  ],
  ["no paths", { spec: { rules: [{ http: { paths: [] } }] } }, ["spec.rules[0].http.paths: must not be empty"]],
  ["a backend that is nothing", to({}), ["spec.defaultBackend: names no service"]],
  [
    "a backend that is two things",
    to({ ...backend, resource: { kind: "Bucket", name: "b" } }),
    ["spec.defaultBackend.resource: cannot be combined with service"],
  ],
  [
    "a port with name and number",
    to({ service: { name: "web", port: { name: "http", number: 80 } } }),
    ["spec.defaultBackend.service.port: has both a name and a number; one is enough"],
  ],
  ["no port", to({ service: { name: "web" } }), ["spec.defaultBackend.service.port: has neither a name nor a number"]],
  [
    "an annotation that contradicts the class",
    {
      metadata: { name: "web", annotations: { "kubernetes.io/ingress.class": "other" } },
      spec: { ingressClassName: "weir", defaultBackend: backend },
    },
    ['metadata.annotations["kubernetes.io/ingress.class"]: "other" differs from spec.ingressClassName, "weir"'],
  ],
]);

cases("networking.k8s.io/v1", "IngressClass", [
  ["a controller", { spec: { controller: "weir.dev/ingress" } }, []],
  ["no controller", { spec: {} }, ["spec.controller: is required"]],
  [
    "a controller without a domain",
    { spec: { controller: "weir" } },
    ['spec.controller: "weir" is no DNS name followed by "/" and a path'],
  ],
  [
    "a namespace for cluster-wide parameters",
    { spec: { controller: "a.b/c", parameters: { kind: "Gateway", name: "edge", namespace: "infra" } } },
    ["spec.parameters.namespace: is not allowed when scope is Cluster"],
  ],
]);

const ports = (...list: readonly JsonObject[]): JsonObject => ({ spec: { ports: list } });

cases("v1", "Service", [
  [
    "ports with names",
    ports({ name: "a", port: 80, targetPort: "http" }, { name: "b", port: 80, protocol: "UDP" }),
    [],
  ],
  ["a headless Service needs no ports", { spec: { clusterIP: "None" } }, []],
  ["an external name, fully qualified", { spec: { type: "ExternalName", externalName: "a.example." } }, []],
  [
    "empty words mean the default",
    { spec: { type: "", sessionAffinity: "", ports: [{ port: 80, protocol: "" }] } },
    [],
  ],
  ["no ports", { spec: {} }, ["spec.ports: is required, unless clusterIP is None"]],
  [
    "an external name that is none",
    { spec: { type: "ExternalName" } },
    ["spec.externalName: is required for type ExternalName"],
  ],
  [
    "a name twice",
    ports({ name: "a", port: 80 }, { name: "a", port: 81 }),
    ['spec.ports[1].name: "a" is the name of ports[0] too'],
  ],
  [
    "a port twice",
    ports({ name: "a", port: 80 }, { name: "b", port: 80 }),
    ["spec.ports[1].port: 80/TCP is ports[0] already"],
  ],
  [
    "a target port with a long name",
    ports({ port: 80, targetPort: "a-very-long-port-name" }),
    [
      'spec.ports[0].targetPort: "a-very-long-port-name" is no port name: at most 15 lower-case letters, digits and single "-", one letter at least',
    ],
  ],
  [
    "a node port without being reachable",
    ports({ port: 80, nodePort: 30000 }),
    ["spec.ports[0].nodePort: is not allowed for type ClusterIP"],
  ],
  [
    "a name with dots, which is no label",
    { metadata: { name: "a.b" }, ...ports({ port: 80 }) },
    ['metadata.name: "a.b" is no DNS label: lower-case letters, digits and "-", at most 63 characters'],
  ],
]);

const endpoints = (addressType: string, ...addresses: readonly string[]): JsonObject => ({
  addressType,
  endpoints: [{ addresses }],
});

cases("discovery.k8s.io/v1", "EndpointSlice", [
  ["addresses of this machine", endpoints("IPv4", "127.0.0.1", "169.254.1.1"), []],
  ["addresses of the other family", endpoints("IPv6", "::1", "fe80::1"), []],
  ["a host name", endpoints("FQDN", "a.example"), []],
  ["an address of the wrong family", endpoints("IPv4", "::1"), ['endpoints[0].addresses[0]: "::1" is no IPv4 address']],
  ["no address at all", endpoints("IPv4"), ["endpoints[0].addresses: must not be empty"]],
  [
    "every address",
    endpoints("IPv4", "0.0.0.0"),
    ['endpoints[0].addresses[0]: "0.0.0.0" is no address of one endpoint'],
  ],
  [
    "a multicast address",
    endpoints("IPv6", "ff02::1"),
    ['endpoints[0].addresses[0]: "ff02::1" is a multicast address'],
  ],
  [
    "a port name twice",
    { ...endpoints("IPv4", "10.0.0.1"), ports: [{ port: 80 }, { port: 81 }] },
    ['ports[1].name: "" is the name of ports[0] too'],
  ],
]);

cases("v1", "Secret", [
  ["a certificate", { type: "kubernetes.io/tls", data: { "tls.crt": "YQ==", "tls.key": "YQ==" } }, []],
  ["base64 over lines", { data: { a: "YWJj\nZGVm\n" } }, []],
  [
    "half a certificate",
    { type: "kubernetes.io/tls", data: { "tls.crt": "YQ==" } },
    ['data["tls.key"]: is required in a Secret of type kubernetes.io/tls'],
  ],
  ["plain text as data", { data: { a: "plain text" } }, ["data.a: is not base64"]],
  [
    "a key that is a path",
    { data: { "../a": "YQ==" } },
    ['data["../a"]: "../a" is no key: up to 253 letters, digits, "-", "_" and ".", not starting with ".."'],
  ],
]);

cases("v1", "ConfigMap", [
  ["names that objects have by nature", { data: { constructor: "1", toString: "2" }, binaryData: {} }, []],
  ["a key in both places", { data: { a: "1" }, binaryData: { a: "YQ==" } }, ["data.a: is a key of binaryData too"]],
  [
    "more than fits",
    { data: { a: "x".repeat(1024 * 1024 + 1) } },
    [": holds 1048577 bytes in all; at most 1048576 are allowed"],
  ],
]);

cases("v1", "Namespace", [
  [
    "labels that are none",
    { metadata: { name: "shop", labels: { "a b": "c", d: "e f" } } },
    [
      'metadata.labels["a b"]: "a b" must be an optional DNS prefix and "/", then up to 63 letters, digits, "-", "_" and "."',
      'metadata.labels.d: "e f" is no label value: up to 63 letters, digits, "-", "_" and "."',
    ],
  ],
  ["no name", { metadata: {} }, ["metadata.name: is required"]],
]);
