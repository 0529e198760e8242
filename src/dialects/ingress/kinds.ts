import type { GroupKind } from "../../model/source-object.ts";

export const ingressClassKind: GroupKind = { group: "networking.k8s.io", kind: "IngressClass" };
