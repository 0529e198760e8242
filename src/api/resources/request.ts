import type { GroupKind, JsonObject, ObjectRef } from "../../model/source-object.ts";
import type { Store } from "../../sources/store/store.ts";
import { forbiddenObject } from "../api-error.ts";
import { type Identity, mayAccess, type Verb } from "../auth/identity.ts";
import type { ReadOverlay } from "../read-overlay.ts";
import type { ResourceTarget } from "../request-path.ts";
import { apiVersionOf, groupKindOf, type ServedKind } from "../served-kinds.ts";
import type { ObjectView } from "./object-view.ts";

/** What every operation on resources works with. */
export interface ResourceRoom {
  readonly store: Store;
  readonly view: ObjectView;
  readonly overlay: ReadOverlay | undefined;
  readonly now: () => Date;
  readonly newUid: () => string;
  /** A few letters that make a name unique. */
  readonly nameSuffix: () => string;
}

/** One request for resources, its sender known. */
export interface ResourceRequest {
  readonly target: ResourceTarget;
  readonly query: URLSearchParams;
  readonly identity: Identity;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  readonly warn: (message: string) => void;
}

export interface ObjectAnswer {
  readonly kind: "object";
  readonly code: number;
  readonly object: JsonObject;
}

export interface ListAnswer {
  readonly kind: "list";
  readonly objects: readonly JsonObject[];
  /** meta/v1 ListMeta. */
  readonly metadata: JsonObject;
}

/** A meta/v1 Status of success. */
export interface StatusAnswer {
  readonly kind: "status";
  readonly code: number;
  readonly object: JsonObject;
}

export type ResourceAnswer = ObjectAnswer | ListAnswer | StatusAnswer;

/** Throws the API's 403 unless the sender may do this. Called before anything is read: a refusal tells nothing about what exists. */
export function authorize({ target, identity }: ResourceRequest, verb: Verb): void {
  const { served, namespace, name } = target;
  const { definition } = served;
  // A namespace is reached by who may act in it.
  const scope = definition.kind === "Namespace" && definition.group === "" ? name : namespace;
  if (mayAccess(identity, { verb, definition, namespace: scope })) return;
  const where = scope === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(scope)}`;
  const what = `resource ${JSON.stringify(definition.plural)} in API group ${JSON.stringify(definition.group)}`;
  throw forbiddenObject(served, name, `User ${JSON.stringify(identity.name)} cannot ${verb} ${what} ${where}`);
}

/** Whether the sender may see objects of the kind, apart from what the request itself does. */
export function mayRead({ target, identity }: ResourceRequest): boolean {
  const { served, namespace } = target;
  return mayAccess(identity, { verb: "get", definition: served.definition, namespace });
}

export function refOfTarget({ served, namespace, name }: ResourceTarget): ObjectRef {
  return { ...groupKindOf(served.definition), namespace, name, scope: "" };
}

export function kindOfTarget({ served }: ResourceTarget): GroupKind {
  return groupKindOf(served.definition);
}

/** Objects are stored in one version and shown in the one that was asked for. */
export function inVersion({ definition, version }: ServedKind, body: JsonObject): JsonObject {
  return { ...body, apiVersion: apiVersionOf(definition.group, version), kind: definition.kind };
}

/** Objects of other sources are changed where they were written. */
export function refuseForeignObject({ view, overlay }: ResourceRoom, served: ServedKind, ref: ObjectRef): void {
  const owner = view.ownerOf(ref);
  if (owner === undefined) return;
  const position = overlay?.locate({ source: owner.source, object: ref, path: [] });
  const place =
    position === undefined ? `the source ${owner.source}` : `the file ${position.file} (line ${position.line})`;
  throw forbiddenObject(served, ref.name, `the object belongs to ${place}; change it there`);
}
