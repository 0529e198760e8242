import { isList, isObject, numberAt, objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { renderAge } from "../output/age.ts";
import { renderData } from "../output/data.ts";
import { renderFields, renderTable } from "../output/table.ts";
import { lastAppliedAnnotation } from "./three-way-merge.ts";

/** One object for a person: who it is, what is wanted, what its conditions say. Values of Secrets are told by length only. */
export async function describeObject(object: JsonObject, now: Date): Promise<string> {
  const metadata = objectAt(object, "metadata");
  const created = textAt(metadata, "creationTimestamp");
  const head = renderFields([
    ["Name", textAt(metadata, "name") ?? ""],
    ...(metadata.namespace === undefined ? [] : [["Namespace", textAt(metadata, "namespace") ?? ""] as const]),
    ["Kind", `${textAt(object, "kind")} (${textAt(object, "apiVersion")})`],
    ["Labels", pairs(objectAt(metadata, "labels"))],
    ["Annotations", pairs(withoutNote(objectAt(metadata, "annotations")))],
    ...(created === undefined || created === ""
      ? []
      : [["Created", `${created} (${renderAge(now.getTime() - Date.parse(created))} ago)`] as const]),
    ["Generation", String(numberAt(metadata, "generation") ?? "")],
  ]);
  const content = await describeContent(object);
  const conditions = describeConditions(object.status);
  return [head, content, conditions].filter((part) => part !== "").join("\n");
}

function withoutNote(annotations: JsonObject): JsonObject {
  const { [lastAppliedAnnotation]: _note, ...rest } = annotations;
  return rest;
}

function pairs(map: JsonObject): string {
  const lines = Object.entries(map).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return lines.length === 0 ? "<none>" : lines.join("\n");
}

async function describeContent(object: JsonObject): Promise<string> {
  const { apiVersion: _version, kind, metadata: _metadata, status: _status, ...rest } = object;
  const shown = kind === "Secret" ? withoutSecretValues(rest) : rest;
  if (Object.keys(shown).length === 0) return "";
  return renderData("yaml", shown);
}

function withoutSecretValues(body: JsonObject): JsonObject {
  const { stringData: _text, data, ...rest } = body;
  if (!isObject(data)) return rest;
  const sizes = Object.entries(data).map(([name, value]) => {
    const bytes = typeof value === "string" ? Buffer.from(value, "base64").length : 0;
    return [name, `${bytes} bytes`] as const;
  });
  return { ...rest, data: Object.fromEntries(sizes) };
}

/** Every list of conditions in a status, wherever it stands, under the place it stands in. */
function describeConditions(status: Json | undefined): string {
  const tables: string[] = [];
  const visit = (value: Json | undefined, place: string): void => {
    if (isList(value)) {
      for (const [index, element] of value.entries()) visit(element, `${place}[${textAt(element, "name") ?? index}]`);
      return;
    }
    if (!isObject(value)) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === "conditions" && isList(inner)) tables.push(conditionTable(place, inner));
      else visit(inner, `${place}.${name}`);
    }
  };
  visit(status, "status");
  return tables.join("\n");
}

function conditionTable(place: string, conditions: readonly Json[]): string {
  const rows = conditions.map((condition) => [
    `  ${textAt(condition, "type") ?? ""}`,
    textAt(condition, "status") ?? "",
    textAt(condition, "reason") ?? "",
    textAt(condition, "message") ?? "",
  ]);
  return `Conditions (${place}):\n${renderTable(["  Type", "Status", "Reason", "Message"], rows)}`;
}
