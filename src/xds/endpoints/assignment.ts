import { isIP } from "node:net";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import type {
  LbEndpointSchema,
  LocalityLbEndpointsSchema,
} from "../../envoy/generated/envoy/config/endpoint/v3/endpoint_components_pb.ts";
import { ClusterLoadAssignmentSchema } from "../../envoy/generated/envoy/config/endpoint/v3/endpoint_pb.ts";
import type { Endpoint, EndpointSet } from "../../model/backend.ts";
import { concatenate } from "../wire.ts";

type LocalityInit = MessageInitShape<typeof LocalityLbEndpointsSchema>;

/** The endpoints of a set as fields of an assignment: the same bytes for every cluster that uses the set. */
export function encodeEndpoints(set: EndpointSet): Uint8Array {
  const usable = set.endpoints.filter(({ address }) => isIP(address) !== 0);
  const serving = usable.filter(({ state }) => state === "serving");
  const draining = usable.filter(({ state }) => state === "draining");
  // Those that are going away come second, and are all there is when nobody else is left.
  const tiers = [serving, draining].filter((tier) => tier.length > 0);
  const endpoints = tiers.flatMap((tier, priority) => byZone(tier, priority));
  return encode(ClusterLoadAssignmentSchema, create(ClusterLoadAssignmentSchema, { endpoints }));
}

/** The assignment of one cluster. Without endpoints, requests are answered 503. */
export function encodeAssignment(cluster: string, endpoints: Uint8Array | undefined): Uint8Array {
  const head = encode(ClusterLoadAssignmentSchema, create(ClusterLoadAssignmentSchema, { clusterName: cluster }));
  return endpoints === undefined ? head : concatenate([head, endpoints]);
}

function byZone(endpoints: readonly Endpoint[], priority: number): LocalityInit[] {
  const zones = Map.groupBy(endpoints, ({ zone }) => zone ?? "");
  const sorted = [...zones].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([zone, members]) => ({
    priority,
    ...(zone === "" ? {} : { locality: { zone } }),
    lbEndpoints: members.map(lbEndpoint),
  }));
}

export function lbEndpoint({
  address,
  port,
}: Pick<Endpoint, "address" | "port">): MessageInitShape<typeof LbEndpointSchema> {
  return {
    hostIdentifier: {
      case: "endpoint",
      value: {
        address: {
          address: {
            case: "socketAddress",
            value: { address, portSpecifier: { case: "portValue", value: port } },
          },
        },
      },
    },
  };
}
