import fc from "fast-check";
import type { SourceObject } from "../../src/model/source-object.ts";
import type { TestCertificates } from "./certificates.ts";
import { arbitraryNamespace, namespaces, secretNames, serviceNames } from "./pools.ts";
import { sourceObject } from "./source-object.ts";

/** Where endpoints of generated slices may be; live tests name real backends. */
export interface EndpointPool {
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
}

export const defaultEndpoints: EndpointPool["endpoints"] = [
  { address: "127.0.0.1", port: 9001 },
  { address: "127.0.0.1", port: 9002 },
  { address: "127.0.0.2", port: 9001 },
];

export function namespaceObjects(): readonly SourceObject[] {
  return namespaces.map((name) =>
    sourceObject({ apiVersion: "v1", kind: "Namespace", namespace: "", name, labels: { tier: name }, content: {} }),
  );
}

/** Ports that every service has beside the one for HTTP: for gRPC, for TLS that the service ends itself, and for datagrams. */
const servicePorts = [
  { name: "grpc", port: 9000, targetPort: 9000, appProtocol: "kubernetes.io/h2c" },
  { name: "tls", port: 9443, targetPort: 9443 },
  { name: "dns", port: 5300, targetPort: 5300, protocol: "UDP" },
] as const;

function slicePorts(
  port: number,
): readonly { readonly name: string; readonly port: number; readonly protocol: string }[] {
  return [{ name: "http", protocol: "TCP" }, ...servicePorts].map((one) => ({
    name: one.name,
    port,
    protocol: "protocol" in one ? one.protocol : "TCP",
  }));
}

/** Port 80 (named http) and the others; now and then headless, external, or with an odd appProtocol. */
export function arbitraryService(): fc.Arbitrary<SourceObject> {
  const kind = fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constant({ clusterIP: "None" }) },
    { weight: 1, arbitrary: fc.constant({ publishNotReadyAddresses: true }) },
    { weight: 1, arbitrary: fc.constant({ type: "ExternalName", externalName: "localhost" }) },
  );
  const appProtocol = fc.constantFrom(undefined, undefined, "http", "kubernetes.io/h2c", "kubernetes.io/ws");
  return fc
    .tuple(arbitraryNamespace, fc.constantFrom(...serviceNames), kind, appProtocol)
    .map(([namespace, name, extra, protocol]) =>
      sourceObject({
        apiVersion: "v1",
        kind: "Service",
        namespace,
        name,
        content: {
          spec: {
            ...extra,
            ports: [
              {
                name: "http",
                port: 80,
                targetPort: 8080,
                ...(protocol === undefined ? {} : { appProtocol: protocol }),
              },
              ...servicePorts,
            ],
          },
        },
      }),
    );
}

/** Up to two slices for each service, with endpoints in all states. */
export function arbitraryEndpointSlice({ endpoints }: EndpointPool): fc.Arbitrary<SourceObject> {
  const endpoint = fc.record({
    at: fc.constantFrom(...endpoints),
    conditions: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constant<{ ready?: boolean; serving?: boolean; terminating?: boolean }>({ ready: true }),
      },
      { weight: 1, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.record({ ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() }) },
    ),
  });
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom(...serviceNames),
      fc.constantFrom("1", "2"),
      fc.array(endpoint, { minLength: 0, maxLength: 3 }),
    )
    .map(([namespace, service, suffix, members]) => {
      const [first = { address: "127.0.0.1", port: 9001 }] = members.map((member) => member.at);
      return sourceObject({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        namespace,
        name: `${service}-${suffix}`,
        labels: { "kubernetes.io/service-name": service },
        content: {
          addressType: "IPv4",
          ports: slicePorts(first.port),
          endpoints: members.map(({ at, conditions }) => ({ addresses: [at.address], conditions })),
        },
      });
    });
}

/** A Service that needs no random luck to have an endpoint. */
export function runningService(
  namespace: string,
  name: string,
  at: EndpointPool["endpoints"][number] | undefined,
): readonly SourceObject[] {
  const slice = {
    addressType: "IPv4",
    ports: slicePorts(at?.port ?? 9001),
    endpoints: [{ addresses: [at?.address ?? "127.0.0.1"], conditions: { ready: true } }],
  };
  const ports = [{ name: "http", port: 80, targetPort: 8080 }, ...servicePorts];
  return [
    sourceObject({ apiVersion: "v1", kind: "Service", namespace, name, content: { spec: { ports } } }),
    sourceObject({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      namespace,
      name: `${name}-0`,
      labels: { "kubernetes.io/service-name": name },
      content: slice,
    }),
  ];
}

/** TLS Secrets: mostly good, some broken in the ways people break them. */
export function arbitrarySecret(certificates: TestCertificates): fc.Arbitrary<SourceObject> {
  const good = fc.constantFrom(...certificates.good);
  const pair = fc.oneof(
    { weight: 10, arbitrary: good.map(({ chain, key }) => ({ chain, key })) },
    { weight: 1, arbitrary: good.map(({ chain }) => ({ chain, key: certificates.strangeKey })) },
    { weight: 1, arbitrary: good.map(({ chain }) => ({ chain, key: "no key" })) },
    { weight: 1, arbitrary: good.map(({ key }) => ({ chain: "no certificate", key })) },
    { weight: 1, arbitrary: fc.constant(certificates.expired) },
  );
  return fc.tuple(arbitraryNamespace, fc.constantFrom(...secretNames), pair).map(([namespace, name, { chain, key }]) =>
    sourceObject({
      apiVersion: "v1",
      kind: "Secret",
      namespace,
      name,
      content: {
        type: "kubernetes.io/tls",
        data: { "tls.crt": Buffer.from(chain).toString("base64"), "tls.key": Buffer.from(key).toString("base64") },
      },
    }),
  );
}

/** Grants between the two namespaces, in both directions, for some of the kinds. */
export function arbitraryReferenceGrant(): fc.Arbitrary<SourceObject> {
  const to = fc.constantFrom<Record<string, string>[]>(
    { group: "", kind: "Service" },
    { group: "", kind: "Service", name: "web" },
    { group: "", kind: "Secret" },
    { group: "", kind: "ConfigMap" },
  );
  const from = fc.constantFrom("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "Gateway", "ListenerSet");
  return fc
    .tuple(arbitraryNamespace, arbitraryNamespace, fc.array(from, { minLength: 1, maxLength: 3 }), to)
    .map(([namespace, other, kinds, target]) =>
      sourceObject({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "ReferenceGrant",
        namespace,
        name: "grant",
        content: {
          spec: {
            from: kinds.map((kind) => ({ group: "gateway.networking.k8s.io", kind, namespace: other })),
            to: [target],
          },
        },
      }),
    );
}
