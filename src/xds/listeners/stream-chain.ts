import type { PortPlan, StreamChainPlan } from "../../compile/plan.ts";
import { packAny } from "../../envoy/any.ts";
import { TcpProxySchema } from "../../envoy/generated/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts";
import { seconds } from "../duration.ts";
import type { Init } from "../message-init.ts";
import { edge } from "./edge-defaults.ts";
import { type ChainInit, filterChain } from "./filter-chain.ts";
import { streamAccessLog } from "./stream-access-log.ts";
import { streamTargets } from "./stream-targets.ts";

/** Nothing has been sent before the backend is connected, so another endpoint may be tried. */
const CONNECT_ATTEMPTS = 3;

/**
 * A chain that passes bytes on as they are, after ending TLS where its plan says so.
 * @param certificates those of its certificates that exist.
 */
export function streamChain(port: PortPlan, chain: StreamChainPlan, certificates: readonly string[]): ChainInit {
  const config = packAny(TcpProxySchema, {
    statPrefix: `port_${port.clientPort}`,
    clusterSpecifier: clusterSpecifier(chain),
    idleTimeout: seconds(edge.idleTimeout),
    maxConnectAttempts: CONNECT_ATTEMPTS,
    accessLog: streamAccessLog(port.edge.accessLog, chain),
  });
  return filterChain(chain, certificates, { name: "envoy.filters.network.tcp_proxy", config });
}

function clusterSpecifier(chain: StreamChainPlan): NonNullable<Init<typeof TcpProxySchema>["clusterSpecifier"]> {
  const targets = streamTargets(chain);
  if (targets.length === 1) return { case: "cluster", value: targets[0].cluster };
  const clusters = targets.map(({ cluster, weight }) => ({ name: cluster, weight }));
  return { case: "weightedClusters", value: { clusters } };
}
