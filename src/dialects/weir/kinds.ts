import type { GroupKind } from "../../model/source-object.ts";

export const accessPolicyKind: GroupKind = { group: "weir.dev", kind: "AccessPolicy" };
