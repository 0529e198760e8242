import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";

export interface ObjectParts {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** All but apiVersion, kind and metadata. */
  readonly content: JsonObject;
  readonly creationTimestamp?: string;
  readonly generation?: number;
}

/** An object as a source hands it over, before admission. */
export function sourceObject(parts: ObjectParts): SourceObject {
  const { apiVersion, kind, namespace, name, labels = {}, annotations = {}, content } = parts;
  return {
    apiVersion,
    kind,
    namespace,
    name,
    scope: "",
    uid: "",
    generation: parts.generation ?? 1,
    creationTimestamp: parts.creationTimestamp ?? "",
    labels,
    annotations,
    body: { apiVersion, kind, metadata: { name, namespace, labels, annotations }, ...content },
    source: "file",
  };
}
