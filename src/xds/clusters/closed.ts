import { create } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import { Cluster_DiscoveryType, ClusterSchema } from "../../envoy/generated/envoy/config/cluster/v3/cluster_pb.ts";
import { milliseconds } from "../duration.ts";
import type { EncodedResource } from "../resource.ts";
import { wholeResource } from "../whole-resource.ts";

/** Connections that lead nowhere are sent to it: without endpoints Envoy closes them (and drops datagrams) at once, by weight like everything else. */
export const CLOSED_CLUSTER = "closed";

export function encodeClosedCluster(): EncodedResource {
  const message = create(ClusterSchema, {
    name: CLOSED_CLUSTER,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: milliseconds(1_000),
    loadAssignment: { clusterName: CLOSED_CLUSTER },
  });
  const bytes = encode(ClusterSchema, message);
  return wholeResource("cluster", CLOSED_CLUSTER, bytes);
}
