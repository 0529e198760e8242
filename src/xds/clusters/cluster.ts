import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import type { CircuitBreakers_ThresholdsSchema } from "../../envoy/generated/envoy/config/cluster/v3/circuit_breaker_pb.ts";
import {
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  Cluster_LbPolicy,
  ClusterSchema,
} from "../../envoy/generated/envoy/config/cluster/v3/cluster_pb.ts";
import { RoutingPriority } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import type { Backend } from "../../model/backend.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { readCertificateBundle } from "../../references/certificate-bundle.ts";
import { encodeChecked } from "../check/checked-encoding.ts";
import { isHost } from "../check/host.ts";
import { aggregatedDiscovery } from "../config-source.ts";
import { milliseconds } from "../duration.ts";
import { lbEndpoint } from "../endpoints/assignment.ts";
import type { Init } from "../message-init.ts";
import { noRequirements } from "../requirements.ts";
import type { EncodedResource, Requirements } from "../resource.ts";
import { wholeResource } from "../whole-resource.ts";
import { concatenate } from "../wire.ts";
import { httpOptions } from "./protocol-options.ts";
import { upstreamTls } from "./upstream-tls.ts";

type ClusterInit = Init<typeof ClusterSchema>;

/** Per connection, in bytes: what Envoy holds for a side that reads slowly. Its own default is 1 MiB. */
export const CONNECTION_BUFFER = 32_768;

/** No limit: who wants one says so. Envoy's own limits (1,024 requests, 3 retries) surprise people. */
const UNLIMITED = 4_294_967_295;

/** Of the requests that are under way, so many may be retries. */
const RETRY_PERCENT = 20;
/** So many may be retries however little is under way. */
const RETRY_MINIMUM = 10;

export interface EncodedCluster {
  readonly resource: EncodedResource;
  readonly diagnostics: readonly Diagnostic[];
}

/** Encodes clusters one after the other; what many have in common is encoded once. */
export type ClusterEncoder = (backend: Backend) => EncodedCluster;

/** @param systemRoots the file of trusted roots, as the proxies see it. */
export function clusterEncoder(systemRoots: string): ClusterEncoder {
  const shared = new Map<string, Uint8Array>();
  return (backend) => {
    const refused = (problems: readonly string[]): EncodedCluster => ({
      resource: wholeResource("cluster", backend.key, encode(ClusterSchema, empty(backend)), noRequirements),
      diagnostics: problems.map((problem) => diagnose("WR0501", backend.origin, problem)),
    });
    const problem = contradiction(backend);
    if (problem !== undefined) return refused([problem]);
    const message = create(ClusterSchema, {
      ...identity(backend),
      ...location(backend),
      ...security(backend, systemRoots),
    });
    const own = encodeChecked(ClusterSchema, message);
    if (own.kind === "refused") return refused(own.problems.map(({ message: text }) => text));
    const settings = `${backend.protocol} ${backend.connectTimeoutMs}`;
    let common = shared.get(settings);
    if (common === undefined) {
      common = encode(ClusterSchema, create(ClusterSchema, behaviour(backend)));
      shared.set(settings, common);
    }
    const encoded = wholeResource("cluster", backend.key, concatenate([own.bytes, common]), requirements(backend));
    const discovered = backend.location.kind === "endpoints";
    return { resource: discovered ? { ...encoded, endpoints: backend.key } : encoded, diagnostics: [] };
  };
}

function requirements({ tls }: Backend): Requirements {
  const secrets = [tls?.clientCertificate, tls?.trust.kind === "bundle" ? tls.trust.bundle : undefined];
  const named = secrets.filter((secret) => secret !== undefined);
  return named.length === 0 ? noRequirements : { ...noRequirements, secrets: named };
}

/** What no field rule can see. */
function contradiction({ protocol, tls, location: where }: Backend): string | undefined {
  if (protocol.startsWith("tls-") !== (tls !== undefined)) {
    return `the protocol ${protocol} and the TLS settings contradict each other`;
  }
  if (tls !== undefined && !isHost(tls.serverName)) return `${JSON.stringify(tls.serverName)} is no server name`;
  if (tls?.trust.kind === "pem" && readCertificateBundle(tls.trust.certificates) === undefined) {
    return "the certificates to trust cannot be read";
  }
  const hosts = where.kind === "dns" ? [where, ...(where.others ?? [])] : [];
  const bad = hosts.find(({ host }) => !isHost(host));
  return bad === undefined ? undefined : `${JSON.stringify(bad.host)} is no host name or address`;
}

function identity({ key }: Backend): ClusterInit {
  // Envoy takes a dot for the end of the name when it makes statistics.
  return { name: key, altStatName: key.replaceAll(".", "_") };
}

/** What depends on nothing but the protocol and the time-out for connecting. */
function behaviour(backend: Backend): ClusterInit {
  return {
    connectTimeout: milliseconds(Math.max(1, backend.connectTimeoutMs)),
    perConnectionBufferLimitBytes: CONNECTION_BUFFER,
    lbPolicy: Cluster_LbPolicy.LEAST_REQUEST,
    // Endpoints are there because their source says they serve; most of them failing is no reason to send requests to all of them.
    commonLbConfig: { healthyPanicThreshold: { value: 0 } },
    circuitBreakers: { thresholds: [limits(RoutingPriority.DEFAULT), limits(RoutingPriority.HIGH)] },
    typedExtensionProtocolOptions: httpOptions(backend.protocol),
    upstreamConnectionOptions: { tcpKeepalive: {} },
  };
}

function limits(priority: RoutingPriority): MessageInitShape<typeof CircuitBreakers_ThresholdsSchema> {
  return {
    priority,
    maxConnections: UNLIMITED,
    maxPendingRequests: UNLIMITED,
    maxRequests: UNLIMITED,
    retryBudget: { budgetPercent: { value: RETRY_PERCENT }, minRetryConcurrency: RETRY_MINIMUM },
  };
}

function location({ key, location: where }: Backend): ClusterInit {
  if (where.kind === "endpoints") {
    return {
      clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.EDS },
      edsClusterConfig: { edsConfig: aggregatedDiscovery },
    };
  }
  const hosts = [{ host: where.host, port: where.port }, ...(where.others ?? [])];
  return {
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STRICT_DNS },
    // Names with addresses of both families are reached by IPv4, those with IPv6 alone by IPv6.
    dnsLookupFamily: Cluster_DnsLookupFamily.V4_PREFERRED,
    respectDnsTtl: true,
    loadAssignment: {
      clusterName: key,
      endpoints: [{ lbEndpoints: hosts.map(({ host, port }) => lbEndpoint({ address: host, port })) }],
    },
  };
}

function security({ tls, protocol }: Backend, systemRoots: string): ClusterInit {
  return tls === undefined ? {} : { transportSocket: upstreamTls(tls, protocol, systemRoots) };
}

/** Stands in for a cluster that cannot be: routes to it stay valid and are answered 503. It has no endpoints, so that nothing is sent without its TLS. */
function empty({ key }: Backend) {
  return create(ClusterSchema, {
    name: key,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: milliseconds(1_000),
    loadAssignment: { clusterName: key },
  });
}
