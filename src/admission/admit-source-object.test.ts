import assert from "node:assert/strict";
import { test } from "node:test";
import { objectAt, textAt, valueAt } from "../model/json.ts";
import type { JsonObject, SourceObject } from "../model/source-object.ts";
import { admitSourceObject } from "./admit-source-object.ts";

function sourceObject(body: JsonObject, namespace = "shop"): SourceObject {
  return {
    apiVersion: textAt(body, "apiVersion") ?? "",
    kind: textAt(body, "kind") ?? "",
    namespace,
    name: "web",
    scope: "",
    uid: "1",
    generation: 1,
    creationTimestamp: "",
    labels: {},
    annotations: {},
    body: { metadata: { name: "web" }, ...body },
    source: "file",
  };
}

const ingress = (spec: JsonObject): JsonObject => ({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", spec });
const httpRoute = (spec: JsonObject): JsonObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  spec,
});
const backend = { service: { name: "web", port: { number: 80 } } };

/** `code message | hint` of everything found. */
function told(body: JsonObject): readonly string[] {
  return admitSourceObject(sourceObject(body)).diagnostics.map(
    ({ code, message, hint }) => `${code} ${message}${hint === undefined ? "" : ` | ${hint}`}`,
  );
}

test("defaults are filled in at every depth", () => {
  const { object, diagnostics } = admitSourceObject(sourceObject(httpRoute({ parentRefs: [{ name: "edge" }] })));
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(object?.body.spec, {
    parentRefs: [{ name: "edge", group: "gateway.networking.k8s.io", kind: "Gateway" }],
    rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }],
  });
});

test("a namespaced object without a namespace lands in default, a cluster-wide one has none", () => {
  const namespaced = admitSourceObject(sourceObject(httpRoute({}), "")).object;
  assert.equal(namespaced?.namespace, "default");
  assert.equal(valueAt(namespaced?.body, "metadata", "namespace"), "default");
  const cluster = { apiVersion: "v1", kind: "Namespace", spec: {} };
  assert.equal(admitSourceObject(sourceObject(cluster, "shop")).object?.namespace, "");
});

test("an unknown field is dropped with a warning and the object is used", () => {
  const { object, diagnostics } = admitSourceObject(sourceObject(httpRoute({ hostname: ["a.example"] })));
  assert.deepEqual(
    diagnostics.map(({ code, severity, path, message, hint }) => ({ code, severity, path, message, hint })),
    [
      {
        code: "WR0105",
        severity: "warning",
        path: ["spec", "hostname"],
        message: "spec.hostname: no such field",
        hint: "Did you mean hostnames?",
      },
    ],
  );
  assert.equal(valueAt(object?.body, "spec", "hostname"), undefined);
});

test("a field at the wrong depth is told where it belongs", () => {
  const path = { path: "/", pathType: "Prefix", backend };
  assert.deepEqual(told(ingress({ defaultBackend: backend, rules: [{ host: "a.example", paths: [path] }] })), [
    "WR0105 spec.rules[0].paths: no such field | It belongs under http.",
  ]);
  assert.deepEqual(told(ingress({ rules: [{ http: { paths: [{ ...path, ingressClassName: "weir" }] } }] })), [
    "WR0105 spec.rules[0].http.paths[0].ingressClassName: no such field | It belongs under spec.",
  ]);
});

const refused: readonly { readonly title: string; readonly body: JsonObject; readonly told: readonly string[] }[] = [
  {
    title: "an enum value with a typing mistake",
    body: ingress({ rules: [{ http: { paths: [{ path: "/", pathType: "prefix", backend }] } }] }),
    told: [
      'WR0106 spec.rules[0].http.paths[0].pathType: "prefix" is not one of Exact, Prefix, ImplementationSpecific | Did you mean Prefix?',
    ],
  },
  {
    title: "a missing field",
    body: ingress({ rules: [{ http: { paths: [{ path: "/", backend }] } }] }),
    told: [
      "WR0107 spec.rules[0].http.paths[0].pathType: is required | How the path is compared: whole, by its elements, or as the class decides.",
    ],
  },
  {
    title: "a port in quotes",
    body: ingress({ defaultBackend: { service: { name: "web", port: { number: "80" } } } }),
    told: ["WR0106 spec.defaultBackend.service.port.number: must be a whole number, not text | Remove the quotes."],
  },
  {
    title: "a label value that YAML reads as a number",
    body: { ...httpRoute({}), metadata: { name: "web", labels: { version: 1 } } },
    told: ["WR0106 metadata.labels.version: must be text, not a number | Put it in quotes."],
  },
  {
    title: "a mapping where a list belongs",
    body: httpRoute({ parentRefs: { name: "edge" } }),
    told: ['WR0106 spec.parentRefs: must be a list, not a mapping | Put "- " before the first field of each item.'],
  },
  {
    title: "a host that is an address",
    body: ingress({ rules: [{ host: "10.0.0.1", http: { paths: [{ path: "/", pathType: "Exact", backend }] } }] }),
    told: ['WR0106 spec.rules[0].host: "10.0.0.1" is an IP address; a host must be a DNS name'],
  },
  {
    title: "a Service reference without a port",
    body: httpRoute({ rules: [{ backendRefs: [{ name: "web" }] }] }),
    told: [
      "WR0106 spec.rules[0].backendRefs[0]: refers to a Service without a port | Add `port`, the port of the Service.",
    ],
  },
  {
    title: "null as an item of a list",
    body: httpRoute({ rules: [null] }),
    told: ["WR0106 spec.rules[0]: must be a mapping, not null"],
  },
  {
    title: "null for a required field",
    body: httpRoute({ parentRefs: [{ name: null }] }),
    told: ["WR0107 spec.parentRefs[0].name: is required | Name of the parent."],
  },
  {
    title: "a kind of another group",
    body: { apiVersion: "extensions/v1beta1", kind: "Ingress" },
    told: [
      "WR0104 extensions/v1beta1 Ingress: Weir knows no such kind | Did you mean apiVersion: networking.k8s.io/v1, kind: Ingress?",
    ],
  },
  {
    title: "a kind with a typing mistake",
    body: { apiVersion: "gateway.networking.k8s.io/v1", kind: "HttpRoute" },
    told: [
      "WR0104 gateway.networking.k8s.io/v1 HttpRoute: Weir knows no such kind | Did you mean apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute?",
    ],
  },
  {
    title: "a version that is not served",
    body: { apiVersion: "networking.k8s.io/v1beta1", kind: "Ingress" },
    told: [
      "WR0104 apiVersion: networking.k8s.io/v1beta1 is no version of Ingress that Weir reads | Use networking.k8s.io/v1.",
    ],
  },
];

for (const { title, body, told: expected } of refused) {
  test(`refused: ${title}`, () => {
    assert.deepEqual(told(body), expected);
    assert.equal(admitSourceObject(sourceObject(body)).object, undefined);
  });
}

test("null means not given, in built-in kinds, custom kinds and metadata", () => {
  const metadata = { name: "web", labels: null, annotations: null, creationTimestamp: null, finalizers: null };
  const bodies = [ingress({ defaultBackend: backend, rules: null }), httpRoute({ hostnames: null, rules: null })];
  for (const body of bodies) {
    const { object, diagnostics } = admitSourceObject(sourceObject({ ...body, metadata }));
    assert.deepEqual(diagnostics, []);
    const spec = objectAt(object?.body, "spec");
    assert.deepEqual(
      Object.values(spec).filter((value) => value === null),
      [],
    );
    assert.deepEqual(valueAt(object?.body, "metadata"), { name: "web", namespace: object?.namespace });
  }
});

test("null as a value with a free key is the empty value in metadata and built-in kinds, and nothing in custom kinds", () => {
  const metadata = { name: "web", annotations: { note: null } };
  const selector = { app: null };
  const web = { apiVersion: "v1", kind: "Service", metadata, spec: { selector, ports: [{ port: 80 }] } };
  const { object: service } = admitSourceObject(sourceObject(web));
  assert.deepEqual(service?.annotations, { note: "" });
  assert.deepEqual(valueAt(service?.body, "spec", "selector"), { app: "" });
  const edge = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata,
    spec: {
      gatewayClassName: "weir",
      infrastructure: { labels: { tier: null, kept: "yes" } },
      listeners: [{ name: "http", port: 80, protocol: "HTTP" }],
    },
  };
  const { object: gateway } = admitSourceObject(sourceObject(edge));
  assert.deepEqual(gateway?.annotations, { note: "" });
  assert.deepEqual(valueAt(gateway?.body, "spec", "infrastructure", "labels"), { kept: "yes" });
});

test("a Service gets the target ports and policies the API server would give it", () => {
  const body = { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }, { port: 443, name: "https" }] } };
  assert.deepEqual(told(body), ["WR0106 spec.ports[0].name: is required when there are several ports"]);
  const one = { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } };
  assert.deepEqual(admitSourceObject(sourceObject(one)).object?.body.spec, {
    internalTrafficPolicy: "Cluster",
    ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    sessionAffinity: "None",
    type: "ClusterIP",
  });
});

test("stringData of a Secret is folded into data, and no message holds a value", () => {
  const secret = (fields: JsonObject): JsonObject => ({ apiVersion: "v1", kind: "Secret", ...fields });
  const { object } = admitSourceObject(sourceObject(secret({ data: { a: "MQ==" }, stringData: { a: "2", b: "ü" } })));
  assert.deepEqual(object?.body.data, { a: "Mg==", b: "w7w=" });
  assert.equal(object?.body.stringData, undefined);
  const secrets = ["hunter2", "1234567", "77777"];
  const broken = [
    secret({ data: { password: "hunter2" } }),
    secret({ data: { password: 1234567 } }),
    secret({ stringData: { password: 77777 } }),
    secret({ stringData: "hunter2" }),
    secret({ data: ["hunter2"] }),
    secret({ type: 77777 }),
    secret({ immutable: "hunter2" }),
    secret({ metadata: { name: "web", annotations: { "not a name": "hunter2" } } }),
  ];
  for (const body of broken) {
    const { diagnostics } = admitSourceObject(sourceObject(body));
    assert.notEqual(diagnostics.length, 0);
    for (const value of secrets) assert.equal(JSON.stringify(diagnostics).includes(value), false);
  }
});

test("a status in a file has no effect", () => {
  const { object, diagnostics } = admitSourceObject(
    sourceObject({ ...httpRoute({}), status: { parents: "nonsense" } }),
  );
  assert.deepEqual(diagnostics, []);
  assert.equal(object?.body.status, undefined);
});
