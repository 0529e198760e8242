import type { KindDefinition } from "../../admission/kind-definition.ts";

export const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] as const;
export type Verb = (typeof verbs)[number];

/** What the bearer of a token may do. Everything that is not granted is refused. */
export interface Grant {
  /** "*" stands for all verbs. */
  readonly verbs: readonly (Verb | "*")[];
  /**
   * "Ingress.networking.k8s.io", "Service". "*" stands for every kind but the confidential ones: Secrets are granted by name or not
   * at all.
   */
  readonly kinds: readonly string[];
  /** "*" stands for all namespaces and for cluster-wide kinds. */
  readonly namespaces: readonly string[];
  /** Paths outside the resources, "/weir/v1/explain"; a "*" at the end stands for any rest. */
  readonly paths: readonly string[];
}

/** Who makes a request. */
export interface Identity {
  readonly name: string;
  readonly grants: readonly Grant[];
}

export interface ResourceAccess {
  readonly verb: Verb;
  readonly definition: KindDefinition;
  /** Empty for cluster-wide kinds, and where all namespaces are meant. */
  readonly namespace: string;
}

export function mayAccess({ grants }: Identity, { verb, definition, namespace }: ResourceAccess): boolean {
  return grants.some(
    (grant) =>
      (grant.verbs.includes("*") || grant.verbs.includes(verb)) &&
      coversKind(grant, definition) &&
      (grant.namespaces.includes("*") || (namespace !== "" && grant.namespaces.includes(namespace))),
  );
}

/** Paths everyone with a token may read: how clients find out what there is. */
const openToAll = /^\/(api|apis|openapi|version)(\/|$)/;

export function mayReadPath({ grants }: Identity, path: string): boolean {
  if (openToAll.test(path)) return true;
  return grants.some(({ paths }) =>
    paths.some((pattern) => (pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern)),
  );
}

/** The name of a kind in grants. */
export function grantName({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === "" ? kind : `${kind}.${group}`;
}

function coversKind({ kinds }: Grant, definition: KindDefinition): boolean {
  return kinds.includes(grantName(definition)) || (!definition.confidential && kinds.includes("*"));
}

/** Everything, confidential kinds included. */
export function administrator(definitions: readonly KindDefinition[]): Identity {
  const confidential = definitions.filter((definition) => definition.confidential).map(grantName);
  const all: Grant = { verbs: ["*"], kinds: ["*", ...confidential], namespaces: ["*"], paths: ["*"] };
  return { name: "admin", grants: [all] };
}
