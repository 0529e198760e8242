import type { ClientAddressRule, EdgeOptions } from "../model/gateway.ts";
import type { DialectOptions } from "./dialect.ts";

/** What the access log says of each request where nothing else is configured; the route name is the key of the rule that matched. */
const accessLogFields: Readonly<Record<string, string>> = {
  time: "%START_TIME%",
  method: "%REQ(:METHOD)%",
  authority: "%REQ(:AUTHORITY)%",
  path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  status: "%RESPONSE_CODE%",
  flags: "%RESPONSE_FLAGS%",
  details: "%RESPONSE_CODE_DETAILS%",
  rule: "%ROUTE_NAME%",
  backend: "%UPSTREAM_CLUSTER%",
  endpoint: "%UPSTREAM_HOST%",
  client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
  durationMs: "%DURATION%",
  bytesReceived: "%BYTES_RECEIVED%",
  bytesSent: "%BYTES_SENT%",
  requestId: "%REQ(X-REQUEST-ID)%",
};

/** How a gateway without settings of its own finds the client's address. */
export function clientAddressOf(options: DialectOptions): ClientAddressRule {
  return options.clientAddress ?? { kind: "direct" };
}

/** The edge options of a gateway without settings of its own. */
export function edgeOptionsOf(options: DialectOptions, escapedSlashes: EdgeOptions["escapedSlashes"]): EdgeOptions {
  const edge = options.edge;
  if (edge !== undefined) return { ...edge, escapedSlashes: edge.escapedSlashes ?? escapedSlashes };
  return {
    escapedSlashes,
    headersWithUnderscores: "reject",
    mergeSlashes: true,
    accessLog: { kind: "json", path: "/dev/stdout", fields: accessLogFields },
  };
}

/** The port that clients use for a written one. */
export function clientPort(options: DialectOptions, port: number): number {
  return options.portMap.get(port) ?? port;
}
