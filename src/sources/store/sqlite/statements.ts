import type { DatabaseSync, StatementSync } from "node:sqlite";

const KEY = "api_group = ? AND kind = ? AND namespace = ? AND name = ? AND scope = ?";
const OBJECT_COLUMNS = "api_group, kind, namespace, name, scope, revision, body";

/** Every statement of the store but the lists, whose shape depends on the query. Prepared once per connection. */
export function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    begin: prepare("BEGIN IMMEDIATE"),
    beginRead: prepare("BEGIN DEFERRED"),
    commit: prepare("COMMIT"),
    rollback: prepare("ROLLBACK"),
    dataVersion: prepare("PRAGMA data_version"),
    head: prepare("SELECT seq FROM sqlite_sequence WHERE name = 'event'"),
    oldestEvent: prepare("SELECT MIN(seq) AS seq FROM event"),
    get: prepare(`SELECT ${OBJECT_COLUMNS} FROM object WHERE ${KEY}`),
    all: prepare(`SELECT ${OBJECT_COLUMNS} FROM object ORDER BY api_group, kind, namespace, name, scope`),
    appendEvent: prepare(
      `INSERT INTO event (api_group, kind, namespace, name, scope, body, previous_revision, previous_body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insert: prepare(`INSERT INTO object (${OBJECT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    update: prepare(`UPDATE object SET revision = ?, body = ? WHERE ${KEY}`),
    remove: prepare(`DELETE FROM object WHERE ${KEY}`),
    eventsBetween: prepare("SELECT * FROM event WHERE seq > ? AND seq <= ? ORDER BY seq"),
    eventsOfKindBetween: prepare(
      "SELECT * FROM event WHERE seq > ? AND seq <= ? AND api_group = ? AND kind = ? ORDER BY seq",
    ),
    eventSizes: prepare(
      `SELECT seq, COALESCE(octet_length(body), 0) + COALESCE(octet_length(previous_body), 0) AS size
       FROM event ORDER BY seq DESC`,
    ),
    forgetEvents: prepare("DELETE FROM event WHERE seq <= ?"),
    lease: prepare("SELECT holder, token, expires_at FROM lease WHERE name = ?"),
    setLease: prepare(
      `INSERT INTO lease (name, holder, token, expires_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = excluded.token, expires_at = excluded.expires_at`,
    ),
  } as const;
}

export type Statements = ReturnType<typeof prepareStatements>;
