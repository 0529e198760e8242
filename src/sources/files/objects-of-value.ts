import { isList, isObject, textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";

/** An object as it stands in a document; `prefix` leads to it from the document's top. */
export interface WrittenObject {
  readonly prefix: FieldPath;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly body: JsonObject;
}

/** Why a document, or an item of a list, is no object; `path` counts from the document's top. */
export interface NoObject {
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string;
}

export interface WrittenObjects {
  readonly objects: readonly WrittenObject[];
  readonly problems: readonly NoObject[];
}

/** The objects a document holds: one, or the items of a `List` (of any kind: `ServiceList` too). */
export function objectsOfValue(value: Json, prefix: FieldPath = []): WrittenObjects {
  if (!isObject(value)) {
    return problem(
      prefix,
      `${subject(prefix)} is no object`,
      "An object is a mapping with apiVersion, kind and metadata.name.",
    );
  }
  const apiVersion = textAt(value, "apiVersion") ?? "";
  const kind = textAt(value, "kind") ?? "";
  if (kind.endsWith("List") && (kind === "List" || value.items !== undefined))
    return itemsOf(value, apiVersion, kind, prefix);
  const missing = [apiVersion === "" ? ["apiVersion"] : [], kind === "" ? ["kind"] : []].flat();
  if (missing.length > 0)
    return problem(prefix, `${subject(prefix)} has no ${missing.join(" and no ")}`, hintFor(value, missing));
  const name = valueAt(value, "metadata", "name");
  if (typeof name !== "string" || name === "") {
    const metadata = value.metadata === undefined ? prefix : [...prefix, "metadata"];
    if (name === undefined || name === null || name === "")
      return problem(metadata, `the ${kind} has no metadata.name`);
    return problem([...metadata, "name"], `metadata.name of the ${kind} is not text`, "Put it in quotes.");
  }
  const namespace = textAt(value, "metadata", "namespace") ?? "";
  return { objects: [{ prefix, apiVersion, kind, name, namespace, body: value }], problems: [] };
}

function subject(prefix: FieldPath): string {
  return prefix.length === 0 ? "the document" : "the item of the list";
}

function problem(path: FieldPath, message: string, hint?: string): WrittenObjects {
  return { objects: [], problems: [hint === undefined ? { path, message } : { path, message, hint }] };
}

function hintFor(value: JsonObject, missing: readonly string[]): string {
  const given = Object.keys(value).find((name) => missing.some((field) => field.toLowerCase() === name.toLowerCase()));
  if (given !== undefined) return `Field names are case-sensitive: ${given} should be ${missing.join(" or ")}.`;
  return "An object is a mapping with apiVersion, kind and metadata.name.";
}

function itemsOf(list: JsonObject, apiVersion: string, kind: string, prefix: FieldPath): WrittenObjects {
  const { items } = list;
  if (items === undefined || items === null) return { objects: [], problems: [] };
  if (!isList(items)) return problem([...prefix, "items"], "items must be a list", 'Put "- " before each object.');
  const itemKind = kind.slice(0, -"List".length);
  const found = items.map((item, index) =>
    objectsOfValue(withKind(item, apiVersion, itemKind), [...prefix, "items", index]),
  );
  return {
    objects: found.flatMap(({ objects }) => objects),
    problems: found.flatMap(({ problems }) => problems),
  };
}

/** Items of a list of one kind (`ServiceList`) need not repeat it. */
function withKind(item: Json, apiVersion: string, kind: string): Json {
  if (kind === "" || !isObject(item) || item.kind !== undefined || item.apiVersion !== undefined) return item;
  return { apiVersion, kind, ...item };
}
