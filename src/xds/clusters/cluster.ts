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
import { fieldProblems } from "../check/field-rules.ts";
import { aggregatedDiscovery } from "../config-source.ts";
import { contentVersion } from "../content-version.ts";
import { milliseconds } from "../duration.ts";
import { lbEndpoint } from "../endpoints/assignment.ts";
import type { Init } from "../message-init.ts";
import { noRequirements } from "../requirements.ts";
import type { EncodedResource } from "../resource.ts";
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

/** @param systemRoots the file of trusted roots, as the proxies see it. */
export function encodeCluster(backend: Backend, systemRoots: string): EncodedCluster {
  const message = create(ClusterSchema, {
    ...common(backend),
    ...location(backend),
    ...security(backend, systemRoots),
  });
  const diagnostics = problems(backend, message);
  if (diagnostics.length > 0) return { resource: resource(backend, empty(backend)), diagnostics };
  return { resource: resource(backend, message), diagnostics };
}

function resource(backend: Backend, message: ReturnType<typeof empty>): EncodedResource {
  const bytes = encode(ClusterSchema, message);
  const secret = backend.tls?.clientCertificate;
  return {
    kind: "whole",
    type: "cluster",
    name: backend.key,
    version: contentVersion(bytes),
    bytes,
    requires: secret === undefined ? noRequirements : { ...noRequirements, secrets: [secret] },
    ...(message.edsClusterConfig === undefined ? {} : { endpoints: backend.key }),
  };
}

function problems(backend: Backend, message: ReturnType<typeof empty>): Diagnostic[] {
  const found = fieldProblems(ClusterSchema, message).map((problem) => problem.message);
  if (backend.protocol.startsWith("tls-") !== (backend.tls !== undefined)) {
    found.push(`the protocol ${backend.protocol} and the TLS settings contradict each other`);
  }
  return found.map((problem) => diagnose("WR0501", backend.origin, problem));
}

function common(backend: Backend): ClusterInit {
  return {
    name: backend.key,
    // Envoy takes a dot for the end of the name when it makes statistics.
    altStatName: backend.key.replaceAll(".", "_"),
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

/** Stands in for a cluster that Envoy would refuse: routes to it stay valid and are answered 503. */
function empty(backend: Backend) {
  return create(ClusterSchema, {
    name: backend.key.slice(0, 1000),
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: milliseconds(1_000),
    loadAssignment: { clusterName: backend.key },
  });
}
