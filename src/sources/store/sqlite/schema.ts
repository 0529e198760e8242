import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store-error.ts";

/**
 * Kinds are values in a column, never tables: a new kind changes no schema. `event` is the log watchers read; its numbers are
 * never used twice (AUTOINCREMENT), have no gaps, and are the store's cursors. An event carries the object before and after, so
 * that a watcher with a selector and a reader of the past need nothing else.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    api_group TEXT NOT NULL,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    body TEXT,
    previous_revision INTEGER,
    previous_body TEXT
  ) STRICT;
  CREATE TABLE object (
    api_group TEXT NOT NULL,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX object_by_key ON object (api_group, kind, namespace, name, scope);
  CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  `,
];

/** Marks the file as Weir's ("weir" in ASCII), so that no other program's database is taken for a store. */
const APPLICATION_ID = 0x77656972;

/**
 * Makes the database fit this version. WAL with synchronous=FULL: each commit is on the disk before it is acknowledged, and readers never
 * wait for the writer.
 */
export function prepareDatabase(database: DatabaseSync, path: string): void {
  const version = pragma(database, "user_version");
  const owner = pragma(database, "application_id");
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (owner !== APPLICATION_ID && !isEmpty) {
    throw new StoreError(
      "damaged",
      `${path} is a database of another program, not a store of Weir: choose another path`,
    );
  }
  if (version > migrations.length) {
    throw new StoreError(
      "newer",
      `the store ${path} was written by a later version of Weir: run that version, or restore a copy`,
    );
  }
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
  if (version === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have migrated while this one waited for the lock.
    for (const migration of migrations.slice(pragma(database, "user_version"))) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}; PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

export function pragma(database: DatabaseSync, name: string): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === "number" ? value : 0;
}
