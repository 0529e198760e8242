import { numberAt, objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject, SourceObject } from "../../model/source-object.ts";
import type { StoredObject } from "./store.ts";

/** A stored object as the pipeline knows it. Who wrote which field is of no interest there, so that part of the body is left out. */
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
    body: withoutManagedFields(body),
    source,
  };
}

function withoutManagedFields(body: JsonObject): JsonObject {
  const metadata = objectAt(body, "metadata");
  if (metadata.managedFields === undefined) return body;
  const { managedFields: _, ...rest } = metadata;
  return { ...body, metadata: rest };
}

function texts(values: JsonObject): Readonly<Record<string, string>> {
  const isText = (entry: [string, Json | undefined]): entry is [string, string] => typeof entry[1] === "string";
  return Object.fromEntries(Object.entries(values).filter(isText));
}
