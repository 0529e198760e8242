import type { GroupKind } from "../../model/source-object.ts";

export const gatewayGroup = "gateway.networking.k8s.io";

export const gatewayClassKind: GroupKind = { group: gatewayGroup, kind: "GatewayClass" };
export const gatewayKind: GroupKind = { group: gatewayGroup, kind: "Gateway" };
export const httpRouteKind: GroupKind = { group: gatewayGroup, kind: "HTTPRoute" };
export const grpcRouteKind: GroupKind = { group: gatewayGroup, kind: "GRPCRoute" };

/** The kinds of routes that HTTP and HTTPS listeners take. */
export const httpListenerRoutes = ["HTTPRoute", "GRPCRoute"] as const;

export type RouteKind = (typeof httpListenerRoutes)[number];
