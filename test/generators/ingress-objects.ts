import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import {
  arbitraryAge,
  arbitraryHost,
  arbitraryNamespace,
  arbitraryPath,
  mostly,
  optional,
  routeNames,
  secretNames,
  serviceNames,
} from "./pools.ts";
import { sourceObject } from "./source-object.ts";

const group = "networking.k8s.io/v1";

export function ingressClassObject(name = "weir", controller = "weir.dev/ingress"): SourceObject {
  return sourceObject({
    apiVersion: group,
    kind: "IngressClass",
    namespace: "",
    name,
    content: { spec: { controller } },
  });
}

const backend: fc.Arbitrary<JsonObject> = fc
  .tuple(
    mostly(fc.constantFrom<string>(...serviceNames), fc.constant("missing")),
    mostly(fc.constantFrom<JsonObject>({ number: 80 }, { name: "http" }), fc.constant({ number: 4711 })),
  )
  .map(([name, port]) => ({ service: { name, port } }));

const path: fc.Arbitrary<JsonObject> = fc.record({
  path: arbitraryPath,
  pathType: fc.constantFrom("Exact", "Prefix", "Prefix", "ImplementationSpecific"),
  backend,
});

const rule: fc.Arbitrary<JsonObject> = fc
  .tuple(optional("host", arbitraryHost, 0.8), fc.array(path, { minLength: 1, maxLength: 3 }))
  .map(([host, paths]) => ({ ...host, http: { paths } }));

const tls: fc.Arbitrary<JsonObject> = fc
  .tuple(
    optional("hosts", fc.uniqueArray(arbitraryHost, { minLength: 1, maxLength: 2 }), 0.8),
    optional("secretName", fc.constantFrom(...secretNames), 0.85),
  )
  .map(([hosts, secretName]) => ({ ...hosts, ...secretName }));

export function arbitraryIngress(): fc.Arbitrary<SourceObject> {
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom(...routeNames),
      fc.array(rule, { minLength: 1, maxLength: 3 }),
      fc.array(tls, { maxLength: 1 }),
      optional("defaultBackend", backend, 0.15),
      mostly(
        optional<string>("ingressClassName", fc.constant("weir"), 0.85),
        fc.constant<Record<string, string>>({ ingressClassName: "nobody" }),
      ),
      arbitraryAge,
    )
    .map(([namespace, name, rules, tlsEntries, defaultBackend, ingressClassName, creationTimestamp]) =>
      sourceObject({
        apiVersion: group,
        kind: "Ingress",
        namespace,
        name,
        creationTimestamp,
        content: { spec: { ...ingressClassName, ...defaultBackend, rules, tls: tlsEntries } },
      }),
    );
}
