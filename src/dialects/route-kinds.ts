import type { GroupKind } from "../model/source-object.ts";

/** Kinds that more than one dialect looks at. */
export const gatewayGroup = "gateway.networking.k8s.io";

export const gatewayKind: GroupKind = { group: gatewayGroup, kind: "Gateway" };
export const httpRouteKind: GroupKind = { group: gatewayGroup, kind: "HTTPRoute" };
export const grpcRouteKind: GroupKind = { group: gatewayGroup, kind: "GRPCRoute" };
export const ingressKind: GroupKind = { group: "networking.k8s.io", kind: "Ingress" };
