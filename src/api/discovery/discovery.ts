import type { KindDefinition } from "../../admission/kind-definition.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { apiVersionOf, type ServedKinds } from "../served-kinds.ts";

/** The documents by which clients find out what the API has: meta/v1 APIGroupList and its relatives, and apidiscovery.k8s.io/v2. */

const objectVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const statusVerbs = ["get", "patch", "update"];

/** What kubectl and client libraries ask for in the Accept header when they want everything in one document. */
export function wantsAggregated(accept: string | undefined): boolean {
  return (accept ?? "")
    .split(",")
    .some((media) => /g=apidiscovery\.k8s\.io\s*;\s*v=v2\s*;\s*as=APIGroupDiscoveryList/.test(media));
}

export function coreVersions(serverAddress: string): JsonObject {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

export function groupList(kinds: ServedKinds): JsonObject {
  const groups = [...kinds.groups.keys()].filter((group) => group !== "").map((group) => groupEntry(kinds, group));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

/** Undefined where there is no such group. */
export function group(kinds: ServedKinds, name: string): JsonObject | undefined {
  if (name === "" || !kinds.groups.has(name)) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(kinds, name) };
}

function groupEntry(kinds: ServedKinds, name: string): JsonObject {
  const versions = (kinds.groups.get(name) ?? []).map((version) => ({
    groupVersion: apiVersionOf(name, version),
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

/** Undefined where the group has no such version. */
export function resourceList(kinds: ServedKinds, groupName: string, version: string): JsonObject | undefined {
  if (kinds.groups.get(groupName)?.includes(version) !== true) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf(groupName, version),
    resources: kinds.kindsOf(groupName, version).flatMap(resourceEntries),
  };
}

function resourceEntries(definition: KindDefinition): JsonObject[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = definition;
  const entry: JsonObject = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: objectVerbs,
    ...nonEmpty({ shortNames, categories }),
  };
  const status: JsonObject = { name: `${plural}/status`, singularName: "", namespaced, kind, verbs: statusVerbs };
  return definition.hasStatus ? [entry, status] : [entry];
}

/** Everything under /api (`isCore`) or under /apis. */
export function aggregated(kinds: ServedKinds, isCore: boolean): JsonObject {
  const groups = [...kinds.groups].filter(([name]) => (name === "") === isCore);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(([name, versions]) => ({
      metadata: { creationTimestamp: null, ...(name === "" ? {} : { name }) },
      versions: versions.map((version) => ({
        version,
        resources: kinds.kindsOf(name, version).map((definition) => aggregatedEntry(definition, version)),
        freshness: "Current",
      })),
    })),
  };
}

function aggregatedEntry(definition: KindDefinition, version: string): JsonObject {
  const { group: groupName, kind, plural, singular, namespaced, shortNames, categories } = definition;
  const responseKind = { group: groupName, version, kind };
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: objectVerbs,
    ...nonEmpty({ shortNames, categories }),
    ...(definition.hasStatus ? { subresources: [{ subresource: "status", responseKind, verbs: statusVerbs }] } : {}),
  };
}

function nonEmpty(lists: Readonly<Record<string, readonly Json[]>>): JsonObject {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
