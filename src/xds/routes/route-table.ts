import { create } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import { combinedVersion, contentVersion } from "../content-version.ts";
import type { EncodedRouteTable, HostBlock } from "../resource.ts";
import { MAXIMUM_RESPONSE_BODY } from "./limits.ts";

/** A route table from its virtual hosts. */
export function encodeRouteTable(name: string, blocks: readonly HostBlock[]): EncodedRouteTable {
  const head = encode(
    RouteConfigurationSchema,
    create(RouteConfigurationSchema, {
      name,
      // "example.com:8080" is served by the host "example.com", and backends still see the port.
      ignorePortInHostMatching: true,
      // Clusters arrive before the routes that name them; a table is not refused for one that is late.
      validateClusters: false,
      maxDirectResponseBodySizeBytes: MAXIMUM_RESPONSE_BODY,
    }),
  );
  return assembleTable(name, head, blocks);
}

/** Puts a table together from parts that are encoded; its version says what is in it, however it came about. */
export function assembleTable(name: string, head: Uint8Array, blocks: readonly HostBlock[]): EncodedRouteTable {
  const version = combinedVersion(
    contentVersion(head),
    blocks.map((block) => block.version),
  );
  const byteLength = blocks.reduce((sum, block) => sum + block.byteLength, head.length);
  return { kind: "table", type: "route", name, version, head, blocks, byteLength };
}
