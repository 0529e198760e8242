import type { Collection, Entry } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { formatPath } from "../model/provenance.ts";
import { objectKey } from "../model/source-object.ts";

type Finding = Diagnostic & { readonly object: NonNullable<Diagnostic["object"]> };

/** Findings of several places, put together for each object: each message once, in a stable order. */
export function diagnosticsByObject(
  graph: Graph,
  findings: readonly Collection<readonly Diagnostic[]>[],
): Collection<readonly Diagnostic[]> {
  const single = findings.map((collection) =>
    graph.derive<readonly Diagnostic[], Finding>(`${collection.name}.single`, collection, (list, key) =>
      list.filter(hasObject).map((finding, index) => [`${collection.name}|${key}|${index}`, finding]),
    ),
  );
  const byObject = graph.group("compile.findings", graph.join("compile.all-findings", single), (finding) => [
    objectKey(finding.object),
  ]);
  return graph.derive<readonly Entry<Finding>[], readonly Diagnostic[]>("plan.diagnostics", byObject, (list, key) => {
    const once = new Map(list.map(({ value }) => [textKey(value), value]));
    return [[key, [...once].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)]];
  });
}

function hasObject(diagnostic: Diagnostic): diagnostic is Finding {
  return diagnostic.object !== undefined;
}

function textKey(diagnostic: Diagnostic): string {
  return `${formatPath(diagnostic.path)} ${diagnostic.code} ${diagnostic.message}`;
}
