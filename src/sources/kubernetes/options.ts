import type { KubernetesClient } from "../../kubernetes/client.ts";
import type { GroupKind, Json, ObjectRef, SourceObject } from "../../model/source-object.ts";
import type { Source } from "../source.ts";

/** What the source has to know of a kind: every `KindDefinition` of admission has it. */
export interface WatchedKind extends GroupKind {
  /** Versions Weir understands, the preferred one first; the first that the server serves is watched. */
  readonly versions: readonly string[];
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether the last status seen is kept for `current` and `onStatus`. */
  readonly hasStatus: boolean;
}

export interface KubernetesSourceOptions {
  readonly client: KubernetesClient;
  /** Every kind to watch: `kindDefinitions` of admission. */
  readonly kinds: readonly WatchedKind[];
  /**
   * Kinds of which only what is referenced is watched; Secret and ConfigMap where undefined.
   * What is referenced is what `referencesOf` finds and what `want` asks for.
   */
  readonly byNeed?: readonly GroupKind[];
  /** The objects of kinds `byNeed` that an object refers to; `referencedObjects` of the references room. */
  readonly referencesOf: (object: SourceObject) => readonly ObjectRef[];
  /** Only these namespaces are read; all where undefined or empty. Objects without a namespace are read all the same. */
  readonly namespaces?: readonly string[];
  /**
   * A label selector as the API has it (`team=shop,env in (prod)`), for what users write to be served: Ingresses, Gateways, routes,
   * policies. What these refer to (Services, endpoints, Secrets, grants, classes, namespaces) is not selected by it.
   */
  readonly labelSelector?: string;
  /** Told when a kind cannot be read and when it can be again. */
  readonly onTrouble?: (trouble: KubernetesTrouble) => void;
}

/** A kind, or one namespace or object of it, that could not be read, or can again (`problem` undefined). */
export interface KubernetesTrouble {
  readonly what: string;
  readonly problem: string | undefined;
}

/** How fresh what is known of one kind is. */
export interface KindFreshness extends GroupKind {
  /** The version that is watched; undefined while the server does not serve the kind. */
  readonly version: string | undefined;
  /** Whether all its objects have been delivered once. True for kinds that the server does not serve: they have none. */
  readonly synced: boolean;
  /** How many objects of the kind are known. */
  readonly objects: number;
  /** Since when changes may have been missed, because a list or watch does not work; they are caught up on later. */
  readonly brokenSince: Date | undefined;
  /** Why, in the words of the server or the connection. */
  readonly problem: string | undefined;
}

/** What the API server last said about one object beyond what is wanted. */
export interface CurrentState {
  readonly resourceVersion: string;
  /** Undefined where the object has none, and for kinds without `hasStatus`. */
  readonly status: Json | undefined;
}

/**
 * The objects of a Kubernetes cluster. `start` resolves once every kind that the server serves, and everything that is referenced,
 * has been listed and delivered; it waits, retrying, for as long as a kind cannot be read (see `freshness`).
 */
export interface KubernetesSource extends Source {
  /**
   * Watches these objects of kinds `byNeed`, whoever refers to them; replaces what the same `owner` wanted before.
   * Objects that nobody wants any more are reported as gone.
   */
  want(owner: string, objects: readonly ObjectRef[]): void;
  /** The resource version and status last seen; undefined for objects that are not known. */
  current(object: ObjectRef): CurrentState | undefined;
  /** Calls `listener` when the status of an object changed, appeared or went. Returns the function that ends it. */
  onStatus(listener: (object: ObjectRef) => void): () => void;
  freshness(): readonly KindFreshness[];
}
