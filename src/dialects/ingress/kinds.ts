import type { GroupKind } from "../../model/source-object.ts";

export const ingressKind: GroupKind = { group: "networking.k8s.io", kind: "Ingress" };
export const ingressClassKind: GroupKind = { group: "networking.k8s.io", kind: "IngressClass" };
/** What an IngressClass may name in its parameters. */
export const gatewayKind: GroupKind = { group: "gateway.networking.k8s.io", kind: "Gateway" };
