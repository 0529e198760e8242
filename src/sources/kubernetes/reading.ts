import { numberAt, objectAt, textAt } from "../../model/json.ts";
import { type Json, type JsonObject, type ObjectRef, objectKey, type SourceObject } from "../../model/source-object.ts";
import type { WatchedKind } from "./options.ts";

/** One state of one object, as far as it is kept. */
export interface Reading {
  readonly key: string;
  readonly object: SourceObject;
  readonly resourceVersion: string;
  readonly status: Json | undefined;
}

/** The copy of the whole object that `kubectl apply` leaves on it. */
const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * An object as the pipeline knows it, without what costs memory and means nothing to it: who wrote which field, the copy that kubectl
 * leaves, the resource version, and the status, which is kept beside it where the kind has one.
 */
export function readObject(kind: WatchedKind, source: string, body: JsonObject): Reading {
  const { status, ...wanted } = body;
  const { managedFields: _, resourceVersion: __, annotations: given, ...metadata } = objectAt(body, "metadata");
  const annotations = texts(objectAt(given), APPLIED);
  const labels = texts(objectAt(metadata, "labels"));
  const ref: ObjectRef = {
    group: kind.group,
    kind: kind.kind,
    namespace: textAt(metadata, "namespace") ?? "",
    name: textAt(metadata, "name") ?? "",
    scope: "",
  };
  const object: SourceObject = {
    apiVersion: textAt(body, "apiVersion") ?? "",
    kind: kind.kind,
    namespace: ref.namespace,
    name: ref.name,
    scope: ref.scope,
    uid: textAt(metadata, "uid") ?? "",
    generation: numberAt(metadata, "generation") ?? 1,
    creationTimestamp: textAt(metadata, "creationTimestamp") ?? "",
    labels,
    annotations,
    body: { ...wanted, metadata: given === undefined ? metadata : { ...metadata, annotations } },
    source,
  };
  return {
    key: objectKey(ref),
    object,
    resourceVersion: textAt(body, "metadata", "resourceVersion") ?? "",
    status: kind.hasStatus ? status : undefined,
  };
}

function texts(values: JsonObject, without?: string): Readonly<Record<string, string>> {
  const isText = (entry: [string, Json | undefined]): entry is [string, string] =>
    typeof entry[1] === "string" && entry[0] !== without;
  return Object.fromEntries(Object.entries(values).filter(isText));
}
