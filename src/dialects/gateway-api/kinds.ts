import type { GroupKind } from "../../model/source-object.ts";
import { gatewayGroup, gatewayKind, grpcRouteKind, httpRouteKind } from "../route-kinds.ts";

export const gatewayClassKind: GroupKind = { group: gatewayGroup, kind: "GatewayClass" };
export const listenerSetKind: GroupKind = { group: gatewayGroup, kind: "ListenerSet" };
export { gatewayGroup, gatewayKind, grpcRouteKind, httpRouteKind };

export const tlsRouteKind: GroupKind = { group: gatewayGroup, kind: "TLSRoute" };
export const tcpRouteKind: GroupKind = { group: gatewayGroup, kind: "TCPRoute" };
export const udpRouteKind: GroupKind = { group: gatewayGroup, kind: "UDPRoute" };

/** The kinds of routes that HTTP and HTTPS listeners take. */
export const httpListenerRoutes = ["HTTPRoute", "GRPCRoute"] as const;

export type RouteKind = (typeof httpListenerRoutes)[number];

/** Routes that pass on connections or datagrams as they are. */
export type StreamRouteKind = "TLSRoute" | "TCPRoute" | "UDPRoute";

export type AnyRouteKind = RouteKind | StreamRouteKind;

/** What each protocol of a listener takes (ProtocolType, Gateway API v1.6); other protocols are not supported. */
export const routesByProtocol: ReadonlyMap<string, readonly AnyRouteKind[]> = new Map<string, readonly AnyRouteKind[]>([
  ["HTTP", httpListenerRoutes],
  ["HTTPS", httpListenerRoutes],
  ["TLS", ["TLSRoute"]],
  ["TCP", ["TCPRoute"]],
  ["UDP", ["UDPRoute"]],
]);
