import type { JsonObject } from "../../model/source-object.ts";
import { badRequest } from "../api-error.ts";
import type { ObjectForm } from "../media-types.ts";
import { apiVersionOf, type ServedKind } from "../served-kinds.ts";
import type { ListAnswer, ObjectAnswer } from "./request.ts";
import { type IncludeObject, partialObject, tableOf } from "./table.ts";

export interface Presentation {
  readonly served: ServedKind;
  readonly form: ObjectForm;
  readonly include: IncludeObject;
  readonly now: Date;
}

export function includeObjectIn(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "";
  switch (value) {
    case "":
      return "Metadata";
    case "None":
    case "Metadata":
    case "Object":
      return value;
    default:
      throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
  }
}

/** One object in the form that was asked for: itself, its metadata, or a table of one row. */
export function presentObject({ served, form, include, now }: Presentation, object: JsonObject): JsonObject {
  switch (form) {
    case "object":
      return object;
    case "metadata":
      return partialObject(object);
    case "table":
      return tableOf(served.definition, [object], {}, { include, now });
  }
}

export function presentList(presentation: Presentation, { objects, metadata }: ListAnswer): JsonObject {
  const { served, form, include, now } = presentation;
  const { definition, version } = served;
  switch (form) {
    case "object":
      return {
        kind: `${definition.kind}List`,
        apiVersion: apiVersionOf(definition.group, version),
        metadata,
        items: objects,
      };
    case "metadata":
      return {
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        metadata,
        items: objects.map(partialObject),
      };
    case "table":
      return tableOf(definition, objects, metadata, { include, now });
  }
}

export function presentAnswer(presentation: Presentation, answer: ObjectAnswer | ListAnswer): JsonObject {
  return answer.kind === "list" ? presentList(presentation, answer) : presentObject(presentation, answer.object);
}
