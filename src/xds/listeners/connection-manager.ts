import { create } from "@bufbuild/protobuf";
import type { PortPlan } from "../../compile/plan.ts";
import { HttpProtocolOptions_HeadersWithUnderscoresAction as UnderscoresAction } from "../../envoy/generated/envoy/config/core/v3/protocol_pb.ts";
import {
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashesAction,
  type HttpConnectionManager,
  HttpConnectionManager_CodecType,
  HttpConnectionManager_ServerHeaderTransformation,
  HttpConnectionManagerSchema,
} from "../../envoy/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import type { EdgeOptions } from "../../model/gateway.ts";
import { aggregatedDiscovery } from "../config-source.ts";
import { seconds } from "../duration.ts";
import { httpFilters } from "../filters/order.ts";
import type { Init } from "../message-init.ts";
import type { EncodeOptions } from "../options.ts";
import { accessLog } from "./access-log.ts";
import { clientAddressOptions } from "./client-address.ts";
import { edge } from "./edge-defaults.ts";

type ManagerInit = Init<typeof HttpConnectionManagerSchema>;

const escapedSlashes: Readonly<Record<EdgeOptions["escapedSlashes"], EscapedSlashesAction>> = {
  keep: EscapedSlashesAction.KEEP_UNCHANGED,
  reject: EscapedSlashesAction.REJECT_REQUEST,
  "unescape-and-redirect": EscapedSlashesAction.UNESCAPE_AND_REDIRECT,
  "unescape-and-forward": EscapedSlashesAction.UNESCAPE_AND_FORWARD,
};

const underscores: Readonly<Record<EdgeOptions["headersWithUnderscores"], UnderscoresAction>> = {
  allow: UnderscoresAction.ALLOW,
  reject: UnderscoresAction.REJECT_REQUEST,
  drop: UnderscoresAction.DROP_HEADER,
};

/** What speaks HTTP with clients on one filter chain; its routes come from the table. */
export function connectionManager(port: PortPlan, table: string, options: EncodeOptions): HttpConnectionManager {
  const init: ManagerInit = {
    codecType: HttpConnectionManager_CodecType.AUTO,
    statPrefix: `port_${port.clientPort}`,
    routeSpecifier: { case: "rds", value: { configSource: aggregatedDiscovery, routeConfigName: table } },
    httpFilters: httpFilters.map((slot) => slot.inChain),
    ...clientAddressOptions(port.clientAddress),
    ...paths(port.edge),
    ...limits(port.edge, options),
    // Nobody outside is trusted with headers that steer the proxy: no address counts as internal, private ones included.
    internalAddressConfig: { cidrRanges: [{ addressPrefix: "255.255.255.255", prefixLen: 32 }] },
    // Backends name themselves; the proxy adds nothing.
    serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
    stripTrailingHostDot: true,
    // Rules say for themselves that they take WebSockets; all others answer 403.
    upgradeConfigs: [{ upgradeType: "websocket", enabled: false }],
    accessLog: accessLog(port.edge.accessLog),
  };
  return create(HttpConnectionManagerSchema, init);
}

/** Rules and backends must see one and the same path, or access rules can be walked around. */
function paths(options: EdgeOptions): ManagerInit {
  return {
    normalizePath: true,
    mergeSlashes: options.mergeSlashes,
    pathWithEscapedSlashesAction: escapedSlashes[options.escapedSlashes],
  };
}

function limits(options: EdgeOptions, { envoyRelease }: EncodeOptions): ManagerInit {
  return {
    maxRequestHeadersKb: edge.maximumHeaderKilobytes,
    streamIdleTimeout: seconds(edge.streamIdleTimeout),
    requestHeadersTimeout: seconds(edge.requestHeadersTimeout),
    delayedCloseTimeout: seconds(edge.delayedCloseTimeout),
    drainTimeout: seconds(edge.drainTimeout),
    commonHttpProtocolOptions: {
      idleTimeout: seconds(edge.idleTimeout),
      maxHeadersCount: edge.maximumHeaders,
      headersWithUnderscoresAction: underscores[options.headersWithUnderscores],
    },
    // HTTP/1.0 stays refused and Content-Length next to chunks too: both are ways to smuggle requests.
    httpProtocolOptions: { enableTrailers: true },
    http2ProtocolOptions: {
      maxConcurrentStreams: edge.http2.maximumStreams,
      initialStreamWindowSize: edge.http2.streamWindow,
      initialConnectionWindowSize: edge.http2.connectionWindow,
      // WebSockets over HTTP/2 are extended CONNECT requests.
      allowConnect: true,
      ...(envoyRelease >= 39 ? { streamResetBurst: edge.http2.resetBurst, streamResetRate: edge.http2.resetRate } : {}),
    },
  };
}
