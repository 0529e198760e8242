import type { GroupKind } from "../../model/source-object.ts";
import { gatewayGroup, gatewayKind, grpcRouteKind, httpRouteKind } from "../route-kinds.ts";

export const gatewayClassKind: GroupKind = { group: gatewayGroup, kind: "GatewayClass" };
export { gatewayGroup, gatewayKind, grpcRouteKind, httpRouteKind };

/** The kinds of routes that HTTP and HTTPS listeners take. */
export const httpListenerRoutes = ["HTTPRoute", "GRPCRoute"] as const;

export type RouteKind = (typeof httpListenerRoutes)[number];

/** Kinds that are known and not served yet: their objects are told so. */
export const unservedKinds: readonly GroupKind[] = [
  { group: gatewayGroup, kind: "ListenerSet" },
  { group: gatewayGroup, kind: "TLSRoute" },
  { group: gatewayGroup, kind: "TCPRoute" },
  { group: gatewayGroup, kind: "UDPRoute" },
];
