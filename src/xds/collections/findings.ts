import type { Collection, Entry } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { formatPath } from "../../model/provenance.ts";
import { objectKey } from "../../model/source-object.ts";

interface Finding {
  readonly object: string;
  readonly diagnostic: Diagnostic;
}

/** What was found out about rules and backends, by the object they come from: each message once, in a stable order. */
export function findingsByObject(
  graph: Graph,
  findings: readonly Collection<readonly Diagnostic[]>[],
): Collection<readonly Diagnostic[]> {
  const single = findings.map((collection) =>
    graph.derive<readonly Diagnostic[], Finding>(`${collection.name}.single`, collection, (list, key) =>
      list.flatMap((diagnostic, index) =>
        diagnostic.object === undefined
          ? []
          : [[`${collection.name}|${key}|${index}`, { object: objectKey(diagnostic.object), diagnostic }] as const],
      ),
    ),
  );
  const all = graph.join("xds.all-findings", single);
  const byObject = graph.group("xds.findings", all, ({ object }) => [object]);
  return graph.derive<readonly Entry<Finding>[], readonly Diagnostic[]>("xds.diagnostics", byObject, (list, key) => {
    const once = new Map(list.map(({ value: { diagnostic } }) => [describe(diagnostic), diagnostic]));
    return [[key, [...once].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, diagnostic]) => diagnostic)]];
  });
}

function describe({ path, code, message }: Diagnostic): string {
  return `${formatPath(path)} ${code} ${message}`;
}
