import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ChainPlan, PortPlan } from "../../compile/plan.ts";
import { packAny } from "../../envoy/any.ts";
import { TrafficDirection } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import type { FilterChainSchema } from "../../envoy/generated/envoy/config/listener/v3/listener_components_pb.ts";
import { ListenerSchema } from "../../envoy/generated/envoy/config/listener/v3/listener_pb.ts";
import { TlsInspectorSchema } from "../../envoy/generated/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts";
import { HttpConnectionManagerSchema } from "../../envoy/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import { encodeChecked } from "../check/checked-encoding.ts";
import { contentVersion } from "../content-version.ts";
import { seconds } from "../duration.ts";
import { TOKEN_EXTENSION } from "../filters/jwt-names.ts";
import type { EncodeOptions } from "../options.ts";
import type { EncodedResource } from "../resource.ts";
import { clientAddressFilters } from "./client-address.ts";
import { connectionManager } from "./connection-manager.ts";
import { downstreamTls } from "./downstream-tls.ts";
import { edge } from "./edge-defaults.ts";

type ChainInit = MessageInitShape<typeof FilterChainSchema>;

/**
 * The listener of a port; undefined where no chain of it can be served.
 * @param exists whether a certificate is there; a chain that waits for a missing one would hold the whole port.
 */
export function encodeListener(
  port: PortPlan,
  options: EncodeOptions,
  exists: (certificate: string) => boolean,
): EncodedResource | undefined {
  const secrets = new Set<string>();
  const filterChains = distinctChains(port.chains).flatMap((chain) => {
    const certificates = chain.tls?.certificates.filter(exists) ?? [];
    if (chain.tls !== undefined && (certificates.length === 0 || chain.tls.mode !== "terminate")) return [];
    for (const certificate of certificates) secrets.add(certificate);
    return [filterChain(port, chain, certificates, options)];
  });
  if (filterChains.length === 0) return undefined;
  const message = create(ListenerSchema, {
    name: port.name,
    statPrefix: `port_${port.clientPort}`,
    trafficDirection: TrafficDirection.INBOUND,
    address: bindAddress(port, options),
    filterChains,
    listenerFilters: [...clientAddressFilters(port.clientAddress), ...tlsInspector(port)],
    listenerFiltersTimeout: seconds(edge.handshakeTimeout),
    perConnectionBufferLimitBytes: edge.connectionBuffer,
    perConnectionBufferHighWatermarkTimeout: seconds(edge.slowReaderTimeout),
  });
  const encoded = encodeChecked(ListenerSchema, message);
  if (encoded.kind === "refused") return undefined;
  return {
    kind: "whole",
    type: "listener",
    name: port.name,
    version: contentVersion(encoded.bytes),
    bytes: encoded.bytes,
    requires: { clusters: [], secrets: [...secrets], extensions: [TOKEN_EXTENSION] },
  };
}

/** Chains with each server name in one of them only: Envoy refuses a listener whose chains overlap, and the first one is what compile meant. */
function distinctChains(chains: readonly ChainPlan[]): readonly ChainPlan[] {
  const taken = new Set<string>();
  return chains.flatMap((chain) => {
    const names = chain.serverNames.length === 0 ? [""] : chain.serverNames;
    const own = [...new Set(names)].filter((name) => !taken.has(name));
    for (const name of own) taken.add(name);
    if (own.length === 0) return [];
    return [{ ...chain, serverNames: own.filter((name) => name !== "") }];
  });
}

function bindAddress(port: PortPlan, options: EncodeOptions) {
  const address = port.address ?? options.anyAddress;
  return {
    address: {
      case: "socketAddress" as const,
      value: {
        address,
        portSpecifier: { case: "portValue" as const, value: port.bindPort },
        // One socket for both families.
        ipv4Compat: address === "::",
      },
    },
  };
}

function filterChain(
  port: PortPlan,
  chain: ChainPlan,
  certificates: readonly string[],
  options: EncodeOptions,
): ChainInit {
  const manager = packAny(HttpConnectionManagerSchema, connectionManager(port, chain.table, options));
  return {
    name: chain.name,
    ...(chain.serverNames.length === 0 ? {} : { filterChainMatch: { serverNames: [...chain.serverNames] } }),
    ...(chain.tls === undefined
      ? {}
      : {
          transportSocket: downstreamTls(chain.tls, certificates),
          transportSocketConnectTimeout: seconds(edge.handshakeTimeout),
        }),
    filters: [
      {
        name: "envoy.filters.network.http_connection_manager",
        configType: { case: "typedConfig", value: manager },
      },
    ],
  };
}

/** Reads the server name, which chains are chosen by; connections without TLS are not kept waiting for it. */
function tlsInspector(port: PortPlan) {
  if (!port.chains.some((chain) => chain.tls !== undefined)) return [];
  const config = packAny(TlsInspectorSchema, {});
  return [
    { name: "envoy.filters.listener.tls_inspector", configType: { case: "typedConfig" as const, value: config } },
  ];
}
