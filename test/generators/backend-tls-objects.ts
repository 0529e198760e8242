import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import type { TestCertificates } from "./certificates.ts";
import { arbitraryAge, arbitraryNamespace, backendNames, mostly, namespaces, optional, serviceNames } from "./pools.ts";
import { sourceObject } from "./source-object.ts";

const [provable, stranger] = backendNames;

/** The ConfigMap of each namespace with the authority that signed what peers show. */
export function authorityObjects({ peers }: TestCertificates): readonly SourceObject[] {
  return namespaces.map((namespace) => authorityObject(namespace, { "ca.crt": peers.authority }));
}

/** The same ones, sometimes with an authority that signed nothing, or none at all. */
export function arbitraryAuthority({ peers }: TestCertificates): fc.Arbitrary<SourceObject> {
  const data = fc.oneof<fc.WeightedArbitrary<JsonObject>[]>(
    { weight: 4, arbitrary: fc.constant({ "ca.crt": peers.authority }) },
    { weight: 1, arbitrary: fc.constant({ "ca.crt": peers.strangeAuthority }) },
    { weight: 1, arbitrary: fc.constant({ "ca.crt": "no certificate" }) },
    { weight: 1, arbitrary: fc.constant({ other: "text" }) },
  );
  return fc.tuple(arbitraryNamespace, data).map(([namespace, entries]) => authorityObject(namespace, entries));
}

function authorityObject(namespace: string, data: JsonObject): SourceObject {
  return sourceObject({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "authority", content: { data } });
}

const authorities: fc.Arbitrary<JsonObject> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constant({ caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "authority" }] }),
  },
  { weight: 1, arbitrary: fc.constant({ wellKnownCACertificates: "System" }) },
  { weight: 1, arbitrary: fc.constant({ caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "missing" }] }) },
);

const subjectAltNames = fc.constantFrom<JsonObject[][]>(
  [{ type: "Hostname", hostname: provable }],
  [
    { type: "Hostname", hostname: stranger },
    { type: "Hostname", hostname: provable },
  ],
  [{ type: "URI", uri: "spiffe://shop/web" }],
);

/** For one or two Services or ports of them; several for one target are in each other's way. */
export function arbitraryBackendTlsPolicy(): fc.Arbitrary<SourceObject> {
  const target = fc
    .tuple(fc.constantFrom(...serviceNames), optional("sectionName", fc.constantFrom("http", "grpc"), 0.4))
    .map(([name, section]): JsonObject => ({ group: "", kind: "Service", name, ...section }));
  const targetRefs = fc.uniqueArray(target, {
    minLength: 1,
    maxLength: 2,
    // Two of the same Service must both name a port.
    selector: (ref) => JSON.stringify(ref.name),
  });
  const hostname = mostly(fc.constant<string>(provable), fc.constant<string>(stranger), 5);
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom("b0", "b1"),
      targetRefs,
      hostname,
      authorities,
      optional("subjectAltNames", subjectAltNames, 0.3),
      arbitraryAge,
    )
    .map(([namespace, name, refs, host, trust, names, creationTimestamp]) =>
      sourceObject({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "BackendTLSPolicy",
        namespace,
        name,
        creationTimestamp,
        content: { spec: { targetRefs: refs, validation: { hostname: host, ...trust, ...names } } },
      }),
    );
}
