/**
 * The one shape in which every source hands objects to Weir, and the names by which objects are known.
 * Kubernetes-style objects everywhere; foreign shapes are wrapped at the source and interpreted by their dialect.
 */

/** JSON as it comes out of a parser: nothing in it has been checked yet. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** API group and kind, without version: what identifies a kind to a user ("Ingress.networking.k8s.io"). */
export interface GroupKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** Names one object, whichever source or version it came from. */
export interface ObjectRef extends GroupKind {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  /** Mesh, workspace or partition; empty by default. */
  readonly scope: string;
}

export interface SourceObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly scope: string;
  readonly uid: string;
  /** Rises with every change of the wanted state; 1 where a source keeps no count. */
  readonly generation: number;
  /** RFC 3339; empty where the source knows none (ties then break on namespace and name). */
  readonly creationTimestamp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The whole object as written, `apiVersion`, `kind` and `metadata` included. */
  readonly body: JsonObject;
  /** The identifier of the source ("file", "store", "kubernetes"), as listed in the configuration. */
  readonly source: string;
}

/** The group of an apiVersion: "networking.k8s.io" of "networking.k8s.io/v1", "" of "v1". */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

export function refOf(object: SourceObject): ObjectRef {
  const { kind, namespace, name, scope } = object;
  return { group: groupOf(object.apiVersion), kind, namespace, name, scope };
}

/** "networking.k8s.io/Ingress", the key under which collections of one kind are kept. */
export function kindKey(kind: GroupKind): string {
  return `${kind.group}/${kind.kind}`;
}

/**
 * A key that is unique over all objects of all sources once sources have been merged:
 * `group/Kind/namespace/name`, with `@scope` behind it where there is a scope.
 */
export function objectKey(ref: ObjectRef): string {
  const key = `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
  return ref.scope === "" ? key : `${key}@${ref.scope}`;
}

/** "Ingress shop/web", the way people are shown an object. */
export function describeRef(ref: ObjectRef): string {
  return ref.namespace === "" ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`;
}
