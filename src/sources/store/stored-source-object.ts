import { numberAt, objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject, SourceObject } from "../../model/source-object.ts";
import type { StoredObject } from "./store.ts";

/**
 * A stored object as the pipeline knows it, without what means nothing to it: who wrote which field, the version, and the status, which Weir itself writes.
 */
export function sourceObjectOf(stored: StoredObject, source: string): SourceObject {
  const { ref, body } = stored;
  return {
    apiVersion: textAt(body, "apiVersion") ?? "",
    kind: ref.kind,
    namespace: ref.namespace,
    name: ref.name,
    scope: ref.scope,
    uid: textAt(body, "metadata", "uid") ?? "",
    generation: numberAt(body, "metadata", "generation") ?? 1,
    creationTimestamp: textAt(body, "metadata", "creationTimestamp") ?? "",
    labels: texts(objectAt(body, "metadata", "labels")),
    annotations: texts(objectAt(body, "metadata", "annotations")),
    body: wantedState(body),
    source,
  };
}

function wantedState(body: JsonObject): JsonObject {
  const { status: _status, ...wanted } = body;
  const { managedFields: _fields, resourceVersion: _version, ...metadata } = objectAt(wanted, "metadata");
  return { ...wanted, metadata };
}

function texts(values: JsonObject): Readonly<Record<string, string>> {
  const isText = (entry: [string, Json | undefined]): entry is [string, string] => typeof entry[1] === "string";
  return Object.fromEntries(Object.entries(values).filter(isText));
}
