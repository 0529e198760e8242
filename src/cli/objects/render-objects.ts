import { listAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { renderData } from "../output/data.ts";
import { renderTable } from "../output/table.ts";
import { kindOf, type ServedKind, shortRef } from "./kinds.ts";

export type ObjectFormat = "json" | "yaml" | "name" | "wide";

/** Objects as data or by name: one as itself, several as a List. */
export async function renderObjects(
  format: ObjectFormat,
  objects: readonly Json[],
  kinds: readonly ServedKind[],
  asList = objects.length !== 1,
): Promise<string> {
  if (format === "name" || format === "wide") {
    return objects.map((object) => `${nameOf(object, kinds)}\n`).join("");
  }
  const [only] = objects;
  return renderData(format, asList ? { apiVersion: "v1", kind: "List", items: objects } : only);
}

function nameOf(object: Json, kinds: readonly ServedKind[]): string {
  const kind = kindOf(textAt(object, "apiVersion") ?? "", textAt(object, "kind") ?? "", kinds);
  return shortRef(kind, textAt(object, "metadata", "name") ?? "");
}

export interface TableView {
  readonly wide: boolean;
  /** Puts the namespace in front, for lists over several. */
  readonly withNamespace: boolean;
  /** Puts the kind in front of the name, for lists of several kinds. */
  readonly prefix: string;
  readonly withTitles: boolean;
}

/** A Table of the API (meta.k8s.io/v1) as text; empty where it has no rows. */
export function renderServerTable(table: Json, { wide, withNamespace, prefix, withTitles }: TableView): string {
  const rows = listAt(table, "rows");
  if (rows.length === 0) return "";
  const columns = listAt(table, "columnDefinitions").flatMap((column, index) =>
    priorityOf(column) > 0 && !wide ? [] : [{ index, title: textAt(column, "name") ?? "" }],
  );
  const cells = rows.map((row) => {
    const shown = columns.map(({ index }) => showCell(listAt(row, "cells")[index]));
    if (shown[0] !== undefined) shown[0] = prefix + shown[0];
    return withNamespace ? [textAt(row, "object", "metadata", "namespace") ?? "", ...shown] : shown;
  });
  const titles = columns.map(({ title }) => title);
  const text = renderTable(withNamespace ? ["Namespace", ...titles] : titles, cells);
  return withTitles ? text : text.slice(text.indexOf("\n") + 1);
}

function priorityOf(column: Json): number {
  return typeof column === "object" && column !== null && "priority" in column ? Number(column.priority) : 0;
}

function showCell(cell: Json | undefined): string {
  if (cell === undefined || cell === null || cell === "") return "<none>";
  return typeof cell === "string" ? cell : JSON.stringify(cell);
}
