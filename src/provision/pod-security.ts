import type { JsonObject } from "../model/source-object.ts";

/** The user of distroless images. Any but root would do. */
const user = 65_532;

/** What every pod that Weir has made says of itself: enough for the restricted Pod Security Standard. */
export const podSecurityContext: JsonObject = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  seccompProfile: { type: "RuntimeDefault" },
};

/** The same of each container. */
export const containerSecurityContext: JsonObject = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Pods with these labels stand in different zones and on different nodes, as far as there are any. */
export function topologySpread(labels: Readonly<Record<string, string>>): readonly JsonObject[] {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: labels },
  }));
}
