import type { KindDefinition, PrinterColumn } from "../../admission/kind-definition.ts";
import { textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { humanDuration } from "./human-duration.ts";

/** How much of each object a table carries beside its cells (the query parameter `includeObject`). */
export type IncludeObject = "None" | "Metadata" | "Object";

const nameColumn = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name of the object, unique for its kind within the namespace.",
  priority: 0,
};

/** meta/v1 Table: what `kubectl get` prints. */
export function tableOf(
  definition: KindDefinition,
  objects: readonly JsonObject[],
  listMetadata: JsonObject,
  { include, now }: { readonly include: IncludeObject; readonly now: Date },
): JsonObject {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: listMetadata,
    columnDefinitions: [
      nameColumn,
      ...definition.columns.map(({ name, type, description, priority }) => ({
        name,
        // Ages are given in words already, as the API server does for the kinds it compiles in.
        type: type === "date" ? "string" : type,
        format: "",
        description,
        priority,
      })),
    ],
    rows: objects.map((object) => ({
      cells: [
        textAt(object, "metadata", "name") ?? "",
        ...definition.columns.map((column) => cell(column, object, now)),
      ],
      ...(include === "None" ? {} : { object: include === "Object" ? object : partialObject(object) }),
    })),
  };
}

/** meta/v1 PartialObjectMetadata. */
export function partialObject(object: JsonObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata ?? {} };
}

function cell(column: PrinterColumn, object: JsonObject, now: Date): Json {
  const value = column.value(object);
  if (column.type !== "date") return value;
  const time = Date.parse(String(value));
  return Number.isNaN(time) ? "<unknown>" : humanDuration(now.getTime() - time);
}
