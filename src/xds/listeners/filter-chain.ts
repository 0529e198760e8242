import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import type { ChainPlan, StreamChainPlan } from "../../compile/plan.ts";
import type { FilterChainSchema } from "../../envoy/generated/envoy/config/listener/v3/listener_components_pb.ts";
import { seconds } from "../duration.ts";
import { downstreamTls } from "./downstream-tls.ts";
import { edge } from "./edge-defaults.ts";

export type ChainInit = MessageInitShape<typeof FilterChainSchema>;

/**
 * A chain for its server names that ends TLS where its plan says so, and leaves the rest to one network filter.
 * @param certificates those of its certificates that exist.
 */
export function filterChain(
  { name, serverNames, tls }: Pick<ChainPlan | StreamChainPlan, "name" | "serverNames" | "tls">,
  certificates: readonly string[],
  filter: { readonly name: string; readonly config: Any },
): ChainInit {
  return {
    name,
    ...(serverNames.length === 0 ? {} : { filterChainMatch: { serverNames: [...serverNames] } }),
    ...(tls === undefined
      ? {}
      : {
          transportSocket: downstreamTls(tls, certificates),
          transportSocketConnectTimeout: seconds(edge.handshakeTimeout),
        }),
    filters: [{ name: filter.name, configType: { case: "typedConfig", value: filter.config } }],
  };
}
