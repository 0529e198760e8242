import { kindDefinitions } from "../../admission/kinds.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { provisionedKinds } from "../kubernetes-object.ts";

/** A rule of a role (rbac.authorization.k8s.io/v1). */
export interface RoleRule extends JsonObject {
  readonly verbs: readonly string[];
}

const read = ["get", "list", "watch"];

/**
 * What every replica may do in the whole cluster: read what users write and what that refers to, say what became of it, and keep the objects of
 * Gateways' proxies, which stand in the Gateways' namespaces. It can change no Secret and read no log.
 */
export function clusterRules(): readonly RoleRule[] {
  return [
    ...byGroup(kindDefinitions.map(({ group, plural }) => [group, plural])).map(([group, resources]) => ({
      apiGroups: [group],
      resources,
      verbs: read,
    })),
    // Whose token a proxy shows is checked against the pods there are.
    { apiGroups: [""], resources: ["pods"], verbs: read },
    ...byGroup(
      kindDefinitions
        .filter(({ hasStatus, builtIn, kind }) => hasStatus && (!builtIn || kind === "Ingress"))
        .map(({ group, plural }) => [group, `${plural}/status`]),
    ).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ["patch"] })),
    ...byGroup(
      provisionedKinds.map(({ apiVersion, plural }) => [
        apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "",
        plural,
      ]),
    ).map(([group, resources]) => ({
      apiGroups: [group],
      resources,
      verbs: [...read, "create", "patch", "delete"],
    })),
    // What is wrong with an object is told on it; counting how often takes a patch, and nothing has to be read.
    { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
    // The keys with which the cluster signs service-account tokens.
    { nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"], verbs: ["get"] },
  ];
}

/** What every replica may do in the namespace of the installation: agree on a leader, and keep the certificates of the discovery port. */
export function installationRules(): readonly RoleRule[] {
  return [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: ["weir"],
      verbs: ["get", "update"],
    },
    // A name cannot be asked for when something is created.
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["weir-xds"], verbs: ["update", "patch"] },
  ];
}

function byGroup(pairs: readonly (readonly [group: string, resource: string])[]): [string, string[]][] {
  const groups = new Map<string, Set<string>>();
  for (const [group, resource] of pairs) groups.set(group, (groups.get(group) ?? new Set()).add(resource));
  return [...groups]
    .map(([group, resources]): [string, string[]] => [group, [...resources].sort()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
