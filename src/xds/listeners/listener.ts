import { create } from "@bufbuild/protobuf";
import type { ChainPlan, PortPlan } from "../../compile/plan.ts";
import { packAny } from "../../envoy/any.ts";
import { TrafficDirection } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import { ListenerSchema } from "../../envoy/generated/envoy/config/listener/v3/listener_pb.ts";
import { TlsInspectorSchema } from "../../envoy/generated/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts";
import { HttpConnectionManagerSchema } from "../../envoy/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import { encodeChecked } from "../check/checked-encoding.ts";
import { seconds } from "../duration.ts";
import { TOKEN_EXTENSION } from "../filters/jwt-names.ts";
import type { EncodeOptions } from "../options.ts";
import type { EncodedResource } from "../resource.ts";
import { wholeResource } from "../whole-resource.ts";
import { bindAddress } from "./bind-address.ts";
import { clientAddressFilters } from "./client-address.ts";
import { connectionManager } from "./connection-manager.ts";
import { edge } from "./edge-defaults.ts";
import { type ChainInit, filterChain } from "./filter-chain.ts";
import { streamChain } from "./stream-chain.ts";
import { streamClusters } from "./stream-targets.ts";
import { encodeUdpListener, isUdp } from "./udp-listener.ts";

/**
 * The listener of a port; undefined where no chain of it can be served.
 * @param exists whether a certificate or trust bundle is there; a chain that waits for a missing one would hold the whole port.
 */
export function encodeListener(
  port: PortPlan,
  options: EncodeOptions,
  exists: (secret: string) => boolean,
): EncodedResource | undefined {
  if (isUdp(port)) return encodeUdpListener(port, options);
  const secrets = new Set<string>();
  const clusters = new Set<string>();
  const taken = new Set<string>();
  const filterChains = distinctChains(port.chains, taken).flatMap((chain) => {
    const certificates = chain.tls?.certificates.filter(exists) ?? [];
    if (chain.tls !== undefined && (certificates.length === 0 || chain.tls.mode !== "terminate")) return [];
    const authorities = chain.tls?.clientValidation?.bundle;
    // Without the authorities nobody could be let in, and a chain without the check would let in everybody.
    if (authorities !== undefined && !exists(authorities)) return [];
    for (const secret of [...certificates, authorities ?? []].flat()) secrets.add(secret);
    return [httpChain(port, chain, certificates, options)];
  });
  const speaksHttp = filterChains.length > 0;
  for (const chain of distinctChains(port.streams, taken)) {
    const certificates = chain.tls?.certificates.filter(exists) ?? [];
    if (chain.tls !== undefined && certificates.length === 0) continue;
    for (const certificate of certificates) secrets.add(certificate);
    for (const cluster of streamClusters(chain)) clusters.add(cluster);
    filterChains.push(streamChain(port, chain, certificates));
  }
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
  return wholeResource("listener", port.name, encoded.bytes, {
    clusters: [...clusters].sort(),
    secrets: [...secrets],
    extensions: speaksHttp ? [TOKEN_EXTENSION] : [],
  });
}

/** Chains with each server name in one of them only: Envoy refuses a listener whose chains overlap, and the first one is what compile meant. */
function distinctChains<C extends Pick<ChainPlan, "serverNames">>(
  chains: readonly C[],
  taken: Set<string>,
): readonly C[] {
  return chains.flatMap((chain) => {
    const names = chain.serverNames.length === 0 ? [""] : chain.serverNames;
    const own = [...new Set(names)].filter((name) => !taken.has(name));
    for (const name of own) taken.add(name);
    if (own.length === 0) return [];
    return [{ ...chain, serverNames: own.filter((name) => name !== "") }];
  });
}

function httpChain(
  port: PortPlan,
  chain: ChainPlan,
  certificates: readonly string[],
  options: EncodeOptions,
): ChainInit {
  const config = packAny(HttpConnectionManagerSchema, connectionManager(port, chain.table, options));
  return filterChain(chain, certificates, { name: "envoy.filters.network.http_connection_manager", config });
}

/** Reads the server name, which chains are chosen by; connections without TLS are not kept waiting for it. */
function tlsInspector(port: PortPlan) {
  const byName = port.streams.some(({ tls, serverNames }) => tls !== undefined || serverNames.length > 0);
  if (!byName && !port.chains.some((chain) => chain.tls !== undefined)) return [];
  const config = packAny(TlsInspectorSchema, {});
  return [
    { name: "envoy.filters.listener.tls_inspector", configType: { case: "typedConfig" as const, value: config } },
  ];
}
