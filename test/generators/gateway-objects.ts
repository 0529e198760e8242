import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import {
  arbitraryHttpListener,
  arbitraryHttpsListener,
  arbitraryPlainListener,
  arbitraryTlsListener,
  distinctListeners,
} from "./listener-objects.ts";
import { arbitraryAge, arbitraryNamespace, gatewayNames, mostly, optional, secretNames } from "./pools.ts";
import { arbitraryCertificateNamespace } from "./references.ts";
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

const validation: fc.Arbitrary<JsonObject> = fc
  .tuple(
    mostly(fc.constant("authority"), fc.constant("missing"), 6),
    arbitraryCertificateNamespace,
    fc.constantFrom("AllowValidOnly", "AllowInsecureFallback"),
  )
  .map(([name, namespace, mode]) => ({
    caCertificateRefs: [{ group: "", kind: "ConfigMap", name, ...namespace }],
    mode,
  }));

/** Client certificates: what clients must show, and what backends are shown. */
const tls: fc.Arbitrary<JsonObject> = fc
  .tuple(
    optional(
      "frontend",
      fc
        .tuple(optional("validation", validation, 0.4), validation)
        .map(([others, forMutual]) => ({ default: others, perPort: [{ port: 8444, tls: { validation: forMutual } }] })),
      0.6,
    ),
    optional(
      "backend",
      fc
        .tuple(
          mostly(fc.constantFrom<string>(...secretNames), fc.constant("missing"), 8),
          arbitraryCertificateNamespace,
        )
        .map(([name, namespace]) => ({ clientCertificateRef: { name, ...namespace } })),
      0.6,
    ),
  )
  .map(([frontend, backend]) => ({ ...frontend, ...backend }));

/** A Gateway with an HTTP listener for all hosts or one, often with others beside it. */
export function arbitraryGateway(): fc.Arbitrary<SourceObject> {
  const beside = fc.oneof(
    { weight: 3, arbitrary: arbitraryHttpsListener("secure-a", 443) },
    { weight: 3, arbitrary: arbitraryHttpsListener("secure-b", 443) },
    { weight: 2, arbitrary: arbitraryHttpListener("other", 8080) },
    { weight: 2, arbitrary: arbitraryTlsListener("passed", 443) },
    { weight: 1, arbitrary: arbitraryTlsListener("apart", 8443) },
    { weight: 1, arbitrary: arbitraryPlainListener("raw", 5432, "TCP") },
    { weight: 1, arbitrary: arbitraryPlainListener("dns", 5353, "UDP") },
    { weight: 1, arbitrary: fc.constant<JsonObject>({ name: "odd", port: 8081, protocol: "example.test/odd" }) },
  );
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom(...gatewayNames),
      arbitraryHttpListener("http", 80),
      fc.array(beside, { maxLength: 4 }),
      optional("tls", tls, 0.3),
      optional(
        "allowedListeners",
        fc.constantFrom("All", "Same").map((from) => ({ namespaces: { from } })),
      ),
      mostly(fc.constant("weir"), fc.constant("other")),
      arbitraryAge,
    )
    .map(([namespace, name, http, others, certificates, sets, gatewayClassName, creationTimestamp]) =>
      sourceObject({
        apiVersion: group,
        kind: "Gateway",
        namespace,
        name,
        creationTimestamp,
        content: {
          spec: { gatewayClassName, ...certificates, ...sets, listeners: distinctListeners([http, ...others]) },
        },
      }),
    );
}

/** The open Gateway with other ideas about client certificates. */
export function arbitraryOpenGateway(): fc.Arbitrary<SourceObject> {
  return tls.map(openGateway);
}

/**
 * The Gateway that every world has: all hosts over HTTP and HTTPS, once more for clients with certificates, a port for gRPC alone, and one each for TLS,
 * TCP and UDP that nobody reads; open to every namespace.
 */
export function openGateway(certificates: JsonObject = demanding): SourceObject {
  const allowed = { namespaces: { from: "All" } };
  const terminate = { certificateRefs: [{ name: "tls-main" }] };
  const all = { allowedRoutes: allowed };
  return sourceObject({
    apiVersion: group,
    kind: "Gateway",
    namespace: "shop",
    name: "main",
    content: {
      spec: {
        gatewayClassName: "weir",
        allowedListeners: { namespaces: { from: "All" } },
        tls: certificates,
        listeners: [
          { name: "http", port: 80, protocol: "HTTP", ...all },
          {
            name: "calls",
            port: 50051,
            protocol: "HTTP",
            allowedRoutes: { ...allowed, kinds: [{ kind: "GRPCRoute" }] },
          },
          { name: "https", port: 443, protocol: "HTTPS", ...all, tls: terminate },
          { name: "mutual", port: 8444, protocol: "HTTPS", ...all, tls: terminate },
          { name: "passed", port: 8443, protocol: "TLS", ...all, tls: { mode: "Passthrough" } },
          { name: "ended", port: 8443, protocol: "TLS", hostname: "*.shop.test", ...all, tls: terminate },
          { name: "raw", port: 5432, protocol: "TCP", ...all },
          { name: "dns", port: 5353, protocol: "UDP", ...all },
        ],
      },
    },
  });
}

/** Clients of one port must have a certificate; backends that TLS is spoken to are shown one. */
const demanding: JsonObject = {
  frontend: {
    default: {},
    perPort: [
      { port: 8444, tls: { validation: { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "authority" }] } } },
    ],
  },
  backend: { clientCertificateRef: { name: "tls-main" } },
};
