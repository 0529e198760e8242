import { create } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import { combinedVersion } from "../content-version.ts";
import type { EncodedRouteTable, EncodedVirtualHost } from "../resource.ts";
import { MAXIMUM_RESPONSE_BODY } from "./limits.ts";

/** A route table from its virtual hosts, which come sorted by domain. */
export function encodeRouteTable(name: string, virtualHosts: readonly EncodedVirtualHost[]): EncodedRouteTable {
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
  const version = combinedVersion(
    name,
    virtualHosts.map((host) => host.version),
  );
  return { kind: "table", type: "route", name, version, head, virtualHosts };
}
