import type { SQLOutputValue } from "node:sqlite";
import { isObject } from "../../../model/json.ts";
import type { Json, JsonObject, ObjectRef } from "../../../model/source-object.ts";
import type { StoredObject, StoreEvent } from "../store.ts";
import { StoreError } from "../store-error.ts";

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A row of `object`, or one of the past made to look like it. */
export function storedObjectOf(row: Row): StoredObject {
  return { ref: refOf(row), body: bodyOf(row, "body"), revision: String(integerOf(row, "revision")) };
}

export function storeEventOf(row: Row): StoreEvent {
  const ref = refOf(row);
  const cursor = String(integerOf(row, "seq"));
  return {
    cursor,
    ref,
    object: row.body === null ? undefined : { ref, body: bodyOf(row, "body"), revision: cursor },
    previous:
      row.previous_body === null
        ? undefined
        : { ref, body: bodyOf(row, "previous_body"), revision: String(integerOf(row, "previous_revision")) },
  };
}

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw unreadable(column);
  return value;
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw unreadable(column);
  return value;
}

function refOf(row: Row): ObjectRef {
  return {
    group: textOf(row, "api_group"),
    kind: textOf(row, "kind"),
    namespace: textOf(row, "namespace"),
    name: textOf(row, "name"),
    scope: textOf(row, "scope"),
  };
}

function bodyOf(row: Row, column: string): JsonObject {
  const body: Json = JSON.parse(textOf(row, column));
  if (!isObject(body)) throw unreadable(column);
  return body;
}

function unreadable(column: string): StoreError {
  return new StoreError(
    "damaged",
    `the store holds a row whose column ${column} is not readable: restore it from a copy`,
  );
}
