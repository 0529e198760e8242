import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { PortPlan } from "../../compile/plan.ts";
import { packAny } from "../../envoy/any.ts";
import { SocketAddress_Protocol } from "../../envoy/generated/envoy/config/core/v3/address_pb.ts";
import { TrafficDirection } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import { ListenerSchema } from "../../envoy/generated/envoy/config/listener/v3/listener_pb.ts";
import { RouteSchema } from "../../envoy/generated/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.ts";
import { UdpProxyConfigSchema } from "../../envoy/generated/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.ts";
import { SourcePortInputSchema } from "../../envoy/generated/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb.ts";
import { RuntimeFractionSchema } from "../../envoy/generated/envoy/extensions/matching/input_matchers/runtime_fraction/v3/runtime_fraction_pb.ts";
import type {
  Matcher_MatcherList_FieldMatcherSchema,
  Matcher_OnMatchSchema,
  MatcherSchema,
} from "../../envoy/generated/xds/type/matcher/v3/matcher_pb.ts";
import { encodeChecked } from "../check/checked-encoding.ts";
import { seconds } from "../duration.ts";
import type { EncodeOptions } from "../options.ts";
import type { EncodedResource } from "../resource.ts";
import { million } from "../routes/route-match.ts";
import { wholeResource } from "../whole-resource.ts";
import { bindAddress } from "./bind-address.ts";
import { streamAccessLog } from "./stream-access-log.ts";
import { type StreamTarget, streamClusters, streamTargets } from "./stream-targets.ts";

/** Seconds without a datagram in either direction after which a client's next one may go to another backend. */
const SESSION_IDLE_SECONDS = 60;

export function isUdp({ name }: PortPlan): boolean {
  return name.startsWith("udp/");
}

/** The listener of a UDP port, which has one chain; undefined where it has none. */
export function encodeUdpListener(port: PortPlan, options: EncodeOptions): EncodedResource | undefined {
  const [chain] = port.streams;
  if (chain === undefined) return undefined;
  const proxy = packAny(UdpProxyConfigSchema, {
    statPrefix: `port_${port.clientPort}`,
    routeSpecifier: { case: "matcher", value: split(streamTargets(chain)) },
    idleTimeout: seconds(SESSION_IDLE_SECONDS),
    accessLog: streamAccessLog(port.edge.accessLog, chain),
  });
  const message = create(ListenerSchema, {
    name: port.name,
    statPrefix: `port_${port.clientPort}`,
    trafficDirection: TrafficDirection.INBOUND,
    address: bindAddress(port, options, SocketAddress_Protocol.UDP),
    udpListenerConfig: {},
    listenerFilters: [
      { name: "envoy.filters.udp_listener.udp_proxy", configType: { case: "typedConfig", value: proxy } },
    ],
  });
  const encoded = encodeChecked(ListenerSchema, message);
  if (encoded.kind === "refused") return undefined;
  const clusters = [...streamClusters(chain)];
  return wholeResource("listener", port.name, encoded.bytes, { clusters, secrets: [], extensions: [] });
}

/**
 * Weights for sessions, which Envoy's UDP proxy has no field for: the client's port decides, so that a session stays where it is. Each target takes its
 * share of what those before it have left; seeds differ, or the second draw would depend on the first.
 */
function split(targets: readonly [StreamTarget, ...StreamTarget[]]): MessageInitShape<typeof MatcherSchema> {
  let left = targets.reduce((sum, { weight }) => sum + weight, 0);
  const matchers: MessageInitShape<typeof Matcher_MatcherList_FieldMatcherSchema>[] = [];
  for (const [index, { cluster, weight }] of targets.slice(0, -1).entries()) {
    matchers.push({ predicate: drawn(weight, left, BigInt(index + 1)), onMatch: sendTo(cluster) });
    left -= weight;
  }
  const rest = { onNoMatch: sendTo((targets.at(-1) ?? targets[0]).cluster) };
  return matchers.length === 0 ? rest : { ...rest, matcherType: { case: "matcherList", value: { matchers } } };
}

function drawn(
  numerator: number,
  denominator: number,
  seed: bigint,
): MessageInitShape<typeof Matcher_MatcherList_FieldMatcherSchema>["predicate"] {
  const share = packAny(RuntimeFractionSchema, {
    runtimeFraction: { defaultValue: million(numerator, denominator) },
    seed,
  });
  return {
    matchType: {
      case: "singlePredicate",
      value: {
        input: { name: "source_port", typedConfig: packAny(SourcePortInputSchema, {}) },
        matcher: { case: "customMatch", value: { name: "share", typedConfig: share } },
      },
    },
  };
}

function sendTo(cluster: string): MessageInitShape<typeof Matcher_OnMatchSchema> {
  return {
    onMatch: { case: "action", value: { name: "route", typedConfig: packAny(RouteSchema, { cluster }) } },
  };
}
