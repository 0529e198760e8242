import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import {
  arbitraryAge,
  arbitraryHost,
  arbitraryNamespace,
  gatewayNames,
  mostly,
  optional,
  secretNames,
} from "./pools.ts";
import { sourceObject } from "./source-object.ts";

const group = "gateway.networking.k8s.io/v1";

export function gatewayClassObject(controllerName = "weir.dev/gateway"): SourceObject {
  return sourceObject({
    apiVersion: group,
    kind: "GatewayClass",
    namespace: "",
    name: "weir",
    content: { spec: { controllerName } },
  });
}

const namespacesAllowed: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject[]>(
  { from: "All" },
  { from: "All" },
  { from: "Same" },
  { from: "Selector", selector: { matchLabels: { tier: "team" } } },
);

const allowedKinds = fc.constantFrom<JsonObject[]>(
  { kinds: [{ kind: "HTTPRoute" }] },
  { kinds: [{ kind: "GRPCRoute" }, { kind: "HTTPRoute" }] },
  { kinds: [{ kind: "TCPRoute" }] },
);

const allowedRoutes: fc.Arbitrary<JsonObject> = fc
  .tuple(namespacesAllowed, mostly(fc.constant<JsonObject>({}), allowedKinds, 5))
  .map(([namespaces, kinds]) => ({ namespaces, ...kinds }));

function httpListener(name: string, port: number): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(optional("hostname", arbitraryHost), allowedRoutes)
    .map(([hostname, allowed]) => ({ name, port, protocol: "HTTP", ...hostname, allowedRoutes: allowed }));
}

const httpsListener: fc.Arbitrary<JsonObject> = fc
  .tuple(fc.constantFrom("secure-a", "secure-b"), optional("hostname", arbitraryHost), allowedRoutes, certificateRefs())
  .map(([name, hostname, allowed, refs]) => ({
    name,
    port: 443,
    protocol: "HTTPS",
    ...hostname,
    tls: { mode: "Terminate", certificateRefs: refs },
    allowedRoutes: allowed,
  }));

function certificateRefs(): fc.Arbitrary<JsonObject[]> {
  const ref = fc
    .tuple(fc.constantFrom(...secretNames), optional("namespace", arbitraryNamespace))
    .map(([name, namespace]): JsonObject => ({ name, ...namespace }));
  return fc.array(ref, { minLength: 1, maxLength: 2 });
}

/** A Gateway with an HTTP listener for all hosts or one, often with HTTPS listeners beside it. */
export function arbitraryGateway(): fc.Arbitrary<SourceObject> {
  const unsupported = fc.constant<JsonObject>({ name: "raw", port: 5432, protocol: "TCP" });
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom(...gatewayNames),
      httpListener("http", 80),
      fc.array(httpsListener, { maxLength: 2 }),
      fc.array(httpListener("other", 8080), { maxLength: 1 }),
      mostly(
        fc.constant<JsonObject[]>([]),
        unsupported.map((listener) => [listener]),
      ),
      mostly(fc.constant("weir"), fc.constant("other")),
      arbitraryAge,
    )
    .map(([namespace, name, http, https, other, odd, gatewayClassName, creationTimestamp]) =>
      sourceObject({
        apiVersion: group,
        kind: "Gateway",
        namespace,
        name,
        creationTimestamp,
        content: { spec: { gatewayClassName, listeners: [http, ...distinct(https), ...other, ...odd] } },
      }),
    );
}

/** Two listeners of one name or of one port and host are refused by admission. */
function distinct(listeners: readonly JsonObject[]): readonly JsonObject[] {
  const [first, second] = listeners;
  const same = first?.name === second?.name || first?.hostname === second?.hostname;
  return same ? listeners.slice(0, 1) : listeners;
}

/** The Gateway that every world has: all hosts over HTTP and HTTPS, and a port for gRPC alone, open to every namespace. */
export function openGateway(): SourceObject {
  const allowed = { namespaces: { from: "All" } };
  return sourceObject({
    apiVersion: group,
    kind: "Gateway",
    namespace: "shop",
    name: "main",
    content: {
      spec: {
        gatewayClassName: "weir",
        listeners: [
          { name: "http", port: 80, protocol: "HTTP", allowedRoutes: allowed },
          {
            name: "calls",
            port: 50051,
            protocol: "HTTP",
            allowedRoutes: { ...allowed, kinds: [{ kind: "GRPCRoute" }] },
          },
          {
            name: "https",
            port: 443,
            protocol: "HTTPS",
            allowedRoutes: allowed,
            tls: { certificateRefs: [{ name: "tls-main" }] },
          },
        ],
      },
    },
  });
}
