import { create } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import { combinedVersion } from "../content-version.ts";
import type { EncodedRouteTable, EncodedVirtualHost } from "../resource.ts";
import { MAXIMUM_RESPONSE_BODY } from "./limits.ts";

/** The version of some virtual hosts in a row. */
export function hostsVersion(hosts: readonly EncodedVirtualHost[]): string {
  return combinedVersion(
    "hosts",
    hosts.map((host) => host.version),
  );
}

/**
 * A route table from its virtual hosts, which come sorted by domain.
 * @param versions those of the hosts, put together in runs.
 */
export function encodeRouteTable(
  name: string,
  virtualHosts: readonly EncodedVirtualHost[],
  versions: readonly string[],
): EncodedRouteTable {
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
  const version = combinedVersion(name, versions);
  return { kind: "table", type: "route", name, version, head, virtualHosts };
}
