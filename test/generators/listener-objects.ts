import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import {
  arbitraryAge,
  arbitraryHost,
  arbitraryNamespace,
  gatewayNames,
  listenerSetNames,
  mostly,
  optional,
  secretNames,
} from "./pools.ts";
import { arbitraryCertificateNamespace } from "./references.ts";
import { sourceObject } from "./source-object.ts";

/** Listeners as they stand in Gateways and ListenerSets. */

const namespacesAllowed: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject[]>(
  { from: "All" },
  { from: "All" },
  { from: "Same" },
  { from: "Selector", selector: { matchLabels: { tier: "team" } } },
);

const kindsAllowed = fc.constantFrom<JsonObject[]>(
  { kinds: [{ kind: "HTTPRoute" }] },
  { kinds: [{ kind: "GRPCRoute" }, { kind: "HTTPRoute" }] },
  { kinds: [{ kind: "TCPRoute" }] },
);

const allowedRoutes: fc.Arbitrary<JsonObject> = fc
  .tuple(namespacesAllowed, mostly(fc.constant<JsonObject>({}), kindsAllowed, 5))
  .map(([namespaces, kinds]) => ({ namespaces, ...kinds }));

const certificateRefs: fc.Arbitrary<JsonObject[]> = fc.array(
  fc
    .tuple(fc.constantFrom(...secretNames), arbitraryCertificateNamespace)
    .map(([name, namespace]): JsonObject => ({ name, ...namespace })),
  { minLength: 1, maxLength: 2 },
);

export function arbitraryHttpListener(name: string, port: number): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(optional("hostname", arbitraryHost), allowedRoutes)
    .map(([hostname, allowed]) => ({ name, port, protocol: "HTTP", ...hostname, allowedRoutes: allowed }));
}

export function arbitraryHttpsListener(name: string, port: number): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(optional("hostname", arbitraryHost), allowedRoutes, certificateRefs)
    .map(([hostname, allowed, refs]) => ({
      name,
      port,
      protocol: "HTTPS",
      ...hostname,
      tls: { mode: "Terminate", certificateRefs: refs },
      allowedRoutes: allowed,
    }));
}

/** Passes TLS on or ends it. */
export function arbitraryTlsListener(name: string, port: number): fc.Arbitrary<JsonObject> {
  const tls = fc.oneof(
    fc.constant<JsonObject>({ mode: "Passthrough" }),
    certificateRefs.map((refs): JsonObject => ({ mode: "Terminate", certificateRefs: refs })),
  );
  return fc
    .tuple(optional("hostname", arbitraryHost, 0.8), namespacesAllowed, tls)
    .map(([hostname, namespaces, how]) => ({
      name,
      port,
      protocol: "TLS",
      ...hostname,
      tls: how,
      allowedRoutes: { namespaces },
    }));
}

export function arbitraryPlainListener(name: string, port: number, protocol: "TCP" | "UDP"): fc.Arbitrary<JsonObject> {
  return namespacesAllowed.map((namespaces) => ({ name, port, protocol, allowedRoutes: { namespaces } }));
}

/**
 * Those that admission takes together: of each name one, and of each port, protocol and host one.
 */
export function distinctListeners(listeners: readonly JsonObject[]): readonly JsonObject[] {
  const taken = new Set<string>();
  return listeners.filter((listener) => {
    const { name, port, protocol, hostname } = listener;
    const claims = [JSON.stringify(name), JSON.stringify([port, protocol, hostname])];
    if (claims.some((claim) => taken.has(claim))) return false;
    for (const claim of claims) taken.add(claim);
    return true;
  });
}

/** The ListenerSet that every world has: a port of its own for all hosts, and one for connections, open to every namespace. */
export function openListenerSet(): SourceObject {
  const allowedRoutes = { namespaces: { from: "All" } };
  return listenerSet("shop", "set-0", { name: "main", namespace: "shop" }, [
    { name: "own", port: 8081, protocol: "HTTP", allowedRoutes },
    { name: "raw", port: 5433, protocol: "TCP", allowedRoutes },
  ]);
}

function listenerSet(
  namespace: string,
  name: string,
  parentRef: JsonObject,
  listeners: readonly JsonObject[],
  creationTimestamp = "",
): SourceObject {
  return sourceObject({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "ListenerSet",
    namespace,
    name,
    creationTimestamp,
    content: { spec: { parentRef, listeners } },
  });
}

/** Listeners for a Gateway, mostly for the open one: on ports that it has, and on some of their own. */
export function arbitraryListenerSet(): fc.Arbitrary<SourceObject> {
  const listener = fc.oneof(
    arbitraryHttpListener("plain", 80),
    arbitraryHttpListener("own", 8081),
    arbitraryHttpsListener("secure", 443),
    arbitraryHttpsListener("mutual", 8444),
    arbitraryTlsListener("passed", 8443),
    arbitraryTlsListener("beside", 443),
    arbitraryPlainListener("raw", 5433, "TCP"),
    arbitraryPlainListener("dns", 5354, "UDP"),
  );
  const parentRef = mostly(
    fc.constant<JsonObject>({ name: "main", namespace: "shop" }),
    fc.record({ name: fc.constantFrom(...gatewayNames), namespace: arbitraryNamespace }),
    4,
  );
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom(...listenerSetNames),
      parentRef,
      fc.array(listener, { minLength: 1, maxLength: 4 }),
      arbitraryAge,
    )
    .map(([namespace, name, ref, listeners, creationTimestamp]) =>
      listenerSet(namespace, name, ref, distinctListeners(listeners), creationTimestamp),
    );
}
