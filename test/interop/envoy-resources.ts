import { createHash } from "node:crypto";
import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../src/envoy/any.ts";
import { encode } from "../../src/envoy/encode.ts";
import { Cluster_DiscoveryType, ClusterSchema } from "../../src/envoy/generated/envoy/config/cluster/v3/cluster_pb.ts";
import {
  ApiVersion,
  type ConfigSourceSchema,
} from "../../src/envoy/generated/envoy/config/core/v3/config_source_pb.ts";
import { ClusterLoadAssignmentSchema } from "../../src/envoy/generated/envoy/config/endpoint/v3/endpoint_pb.ts";
import { ListenerSchema } from "../../src/envoy/generated/envoy/config/listener/v3/listener_pb.ts";
import { VirtualHostSchema } from "../../src/envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { RouteConfigurationSchema } from "../../src/envoy/generated/envoy/config/route/v3/route_pb.ts";
import { RouterSchema } from "../../src/envoy/generated/envoy/extensions/filters/http/router/v3/router_pb.ts";
import { HttpConnectionManagerSchema } from "../../src/envoy/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import { fieldHeader } from "../../src/serve/wire/protobuf.ts";
import type {
  EncodedResource,
  EncodedRouteTable,
  EncodedVirtualHost,
  Requirements,
  ResourceType,
} from "../../src/xds/resource.ts";
import { hostBlocks } from "../../src/xds/routes/host-block.ts";
import { assembleTable } from "../../src/xds/routes/route-table.ts";

/** Real Envoy resources, as small as they can be. */

const aggregated: MessageInitShape<typeof ConfigSourceSchema> = {
  configSourceSpecifier: { case: "ads", value: {} },
  resourceApiVersion: ApiVersion.V3,
};

const nothing: Requirements = { clusters: [], secrets: [], extensions: [] };

/** A cluster whose endpoints come by the endpoint resource of the same name. */
export function cluster(name: string, connectSeconds = 5): EncodedResource {
  const bytes = encodeMessage(ClusterSchema, edsCluster(name, connectSeconds, aggregated));
  return { ...whole("cluster", name, bytes), endpoints: name };
}

/** What Envoy refuses: a message that breaks a field rule, found before anything is applied, or one that fails when it is applied. */
export function badCluster(name: string, fault: "field rule" | "not applicable"): EncodedResource {
  const missing: MessageInitShape<typeof ConfigSourceSchema> = {
    configSourceSpecifier: { case: "pathConfigSource", value: { path: "/nonexistent/endpoints" } },
    resourceApiVersion: ApiVersion.V3,
  };
  const init = fault === "field rule" ? edsCluster(name, -1, aggregated) : edsCluster(name, 5, missing);
  return { ...whole("cluster", name, encodeMessage(ClusterSchema, init)), endpoints: name };
}

function edsCluster(
  name: string,
  connectSeconds: number,
  edsConfig: MessageInitShape<typeof ConfigSourceSchema>,
): MessageInitShape<typeof ClusterSchema> {
  return {
    name,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig },
    connectTimeout: { seconds: BigInt(connectSeconds) },
  };
}

export function endpoints(name: string, port: number): EncodedResource {
  const address = {
    case: "socketAddress",
    value: { address: "127.0.0.1", portSpecifier: { case: "portValue", value: port } },
  } as const;
  const endpoint = { case: "endpoint", value: { address: { address } } } as const;
  const bytes = encodeMessage(ClusterLoadAssignmentSchema, {
    clusterName: name,
    endpoints: [{ lbEndpoints: [{ hostIdentifier: endpoint }], loadBalancingWeight: 1, locality: { zone: "z" } }],
  });
  return whole("endpoint", name, bytes);
}

/** A host all of whose requests go to `cluster`, with a response header that tells `mark`. */
export function virtualHost(domain: string, clusterName: string, mark = "", regex?: string): EncodedVirtualHost {
  const pathSpecifier =
    regex === undefined
      ? ({ case: "prefix", value: "/" } as const)
      : ({ case: "safeRegex", value: { regex } } as const);
  const message = encodeMessage(VirtualHostSchema, {
    name: domain,
    domains: [domain],
    routes: [
      {
        match: { pathSpecifier },
        action: { case: "route", value: { clusterSpecifier: { case: "cluster", value: clusterName } } },
        ...(mark === "" ? {} : { responseHeadersToAdd: [{ header: { key: "x-mark", value: mark } }] }),
      },
    ],
  });
  const bytes = Buffer.concat([fieldHeader(2, message.length), message]);
  return { name: domain, version: hashOf(bytes), bytes, requires: { ...nothing, clusters: [clusterName] } };
}

export function routeTable(name: string, hosts: readonly EncodedVirtualHost[]): EncodedRouteTable {
  return assembleTable(name, encodeMessage(RouteConfigurationSchema, { name }), hostBlocks(hosts));
}

/** A listener on a loopback port whose routes come by the table `table`. */
export function listener(name: string, port: number, table: string): EncodedResource {
  const address = {
    case: "socketAddress",
    value: { address: "127.0.0.1", portSpecifier: { case: "portValue", value: port } },
  } as const;
  const configType = { case: "typedConfig", value: connectionManager(table) } as const;
  return whole(
    "listener",
    name,
    encodeMessage(ListenerSchema, {
      name,
      address: { address },
      filterChains: [{ filters: [{ name: "http", configType }] }],
    }),
  );
}

/** What a gRPC client without a proxy asks for under the name of its target. */
export function apiListener(name: string, table: string): EncodedResource {
  return whole(
    "listener",
    name,
    encodeMessage(ListenerSchema, { name, apiListener: { apiListener: connectionManager(table) } }),
  );
}

function connectionManager(table: string) {
  return packAny(HttpConnectionManagerSchema, {
    statPrefix: "http",
    routeSpecifier: { case: "rds", value: { routeConfigName: table, configSource: aggregated } },
    httpFilters: [
      { name: "envoy.filters.http.router", configType: { case: "typedConfig", value: packAny(RouterSchema, {}) } },
    ],
  });
}

function whole(type: ResourceType, name: string, bytes: Uint8Array): EncodedResource {
  return { kind: "whole", type, name, version: hashOf(bytes), bytes, requires: nothing };
}

function encodeMessage<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return encode(schema, create(schema, init));
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
