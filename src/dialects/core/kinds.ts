import type { GroupKind } from "../../model/source-object.ts";

export const serviceKind: GroupKind = { group: "", kind: "Service" };
export const secretKind: GroupKind = { group: "", kind: "Secret" };
export const configMapKind: GroupKind = { group: "", kind: "ConfigMap" };
export const namespaceKind: GroupKind = { group: "", kind: "Namespace" };
export const endpointSliceKind: GroupKind = { group: "discovery.k8s.io", kind: "EndpointSlice" };
export const referenceGrantKind: GroupKind = { group: "gateway.networking.k8s.io", kind: "ReferenceGrant" };
export const backendTlsPolicyKind: GroupKind = { group: "gateway.networking.k8s.io", kind: "BackendTLSPolicy" };
