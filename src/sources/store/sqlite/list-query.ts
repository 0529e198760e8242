import type { SQLInputValue } from "node:sqlite";
import type { ListQuery } from "../store.ts";

const OBJECT_COLUMNS = "api_group, kind, namespace, name, scope, revision, body";

/**
 * The objects of one kind as they are at cursor `at`. The past is put together from two sets that cannot overlap: the objects not
 * written since, and, for those written or deleted since, what the first event after `at` found before it.
 */
export function listSql(query: ListQuery, at: number, head: number): { sql: string; parameters: SQLInputValue[] } {
  const now = part("object", query, `revision <= ${at}`, OBJECT_COLUMNS);
  const parts = [now];
  if (at < head) {
    const columns = "api_group, kind, namespace, name, scope, previous_revision AS revision, previous_body AS body";
    const first = `seq = (
      SELECT MIN(later.seq) FROM event AS later WHERE later.seq > ${at}
        AND later.api_group = event.api_group AND later.kind = event.kind
        AND later.namespace = event.namespace AND later.name = event.name AND later.scope = event.scope)`;
    parts.push(part("event", query, `seq > ${at} AND previous_body IS NOT NULL AND ${first}`, columns));
  }
  const limit = query.limit === undefined ? "" : ` LIMIT ${query.limit + 1}`;
  return {
    sql: `${parts.map(({ sql }) => sql).join(" UNION ALL ")} ORDER BY namespace, name, scope${limit}`,
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}

function part(table: string, query: ListQuery, condition: string, columns: string) {
  const conditions = ["api_group = ?", "kind = ?", condition];
  const parameters: SQLInputValue[] = [query.kind.group, query.kind.kind];
  if (query.namespace !== undefined) {
    conditions.push("namespace = ?");
    parameters.push(query.namespace);
  }
  if (query.after !== undefined) {
    conditions.push("(namespace, name, scope) > (?, ?, ?)");
    parameters.push(query.after.namespace, query.after.name, query.after.scope);
  }
  return { sql: `SELECT ${columns} FROM ${table} WHERE ${conditions.join(" AND ")}`, parameters };
}
