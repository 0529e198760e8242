import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import { arbitraryAge, arbitraryHost, arbitraryNamespace, mostly, optional, routeNames } from "./pools.ts";
import { arbitraryBackendRef, arbitraryListenerSetRef, arbitraryOtherGatewayRef } from "./references.ts";
import { sourceObject } from "./source-object.ts";

/** The ports of services that speak TLS themselves, that take anything, and that take datagrams. */
const backendPorts = { TLSRoute: 9443, TCPRoute: 9443, UDPRoute: 5300 } as const;

type StreamKind = keyof typeof backendPorts;

function parentRefs(...sections: readonly string[]): fc.Arbitrary<JsonObject[]> {
  const main = fc
    .constantFrom(...sections)
    .map((sectionName): JsonObject => ({ name: "main", namespace: "shop", sectionName }));
  const one = fc.oneof(
    { weight: 5, arbitrary: main },
    { weight: 2, arbitrary: fc.constant<JsonObject>({ name: "main", namespace: "shop" }) },
    { weight: 2, arbitrary: arbitraryListenerSetRef },
    { weight: 2, arbitrary: arbitraryOtherGatewayRef },
  );
  const selector = (ref: JsonObject): string => JSON.stringify([ref.kind, ref.namespace, ref.name]);
  return fc.uniqueArray(one, { minLength: 1, maxLength: 2, selector });
}

function streamRoute(
  kind: StreamKind,
  parents: fc.Arbitrary<JsonObject[]>,
  hosts: fc.Arbitrary<JsonObject>,
): fc.Arbitrary<SourceObject> {
  // Any other port of a service is as good to pass connections on to.
  const port = kind === "UDPRoute" ? fc.constant<number>(backendPorts[kind]) : fc.constantFrom(backendPorts[kind], 80);
  const backendRefs = fc.array(port.chain(arbitraryBackendRef), { minLength: 1, maxLength: 2 });
  const rule = fc
    .tuple(backendRefs, optional("name", fc.constant("rule-0")))
    .map(([refs, name]) => ({ ...name, backendRefs: refs }));
  return fc
    .tuple(arbitraryNamespace, fc.constantFrom(...routeNames), parents, hosts, rule, arbitraryAge)
    .map(([namespace, name, refs, hostnames, only, creationTimestamp]) =>
      sourceObject({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind,
        namespace,
        name,
        creationTimestamp,
        content: { spec: { parentRefs: refs, ...hostnames, rules: [only] } },
      }),
    );
}

/** For listeners that pass TLS on, that end it, or both. */
export function arbitraryTlsRoute(): fc.Arbitrary<SourceObject> {
  const hosts = fc
    .uniqueArray(arbitraryHost, { minLength: 1, maxLength: 2 })
    .map((hostnames): JsonObject => ({ hostnames }));
  return streamRoute("TLSRoute", mostly(parentRefs("passed", "ended"), parentRefs("https"), 8), hosts);
}

export function arbitraryTcpRoute(): fc.Arbitrary<SourceObject> {
  return streamRoute("TCPRoute", mostly(parentRefs("raw"), parentRefs("http"), 8), fc.constant<JsonObject>({}));
}

export function arbitraryUdpRoute(): fc.Arbitrary<SourceObject> {
  return streamRoute("UDPRoute", mostly(parentRefs("dns"), parentRefs("raw"), 8), fc.constant<JsonObject>({}));
}
