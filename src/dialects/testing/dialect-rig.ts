import { admitSourceObject } from "../../admission/admit-source-object.ts";
import { kindDefinitions } from "../../admission/kinds.ts";
import type { Collection, InputCollection } from "../../incremental/collection.ts";
import { Graph } from "../../incremental/graph.ts";
import { type GroupKind, groupOf, kindKey, objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import { type CoreOutputs, coreCollections } from "../core/core.ts";
import type { DialectOptions, DialectOutputs } from "../dialect.ts";
import { dialects } from "../dialects.ts";

/** The core kinds and all dialects on a graph of their own, without what comes before and after them. */
export interface DialectRig {
  readonly graph: Graph;
  readonly core: CoreOutputs;
  /** By the dialect's name. */
  readonly outputs: ReadonlyMap<string, DialectOutputs>;
  /** Admits and sets or, without an object, deletes, all in one transaction. */
  apply(changes: readonly { readonly key: string; readonly object?: SourceObject }[]): void;
  /** Sets objects as they are, whatever admission would say. */
  force(objects: readonly SourceObject[]): void;
}

export const defaultOptions: DialectOptions = {
  proxyClassOf: () => "local",
  portMap: new Map(),
  gatewayController: "weir.dev/gateway",
  ingressController: "weir.dev/ingress",
  ingress: {
    defaultGateway: "weir-system/ingress",
    httpPort: 80,
    httpsPort: 443,
    classless: "serve",
    redirectToHttps: true,
  },
};

/** A derivation that throws is a defect: the rig throws it on. */
export function createRig(options: DialectOptions = defaultOptions): DialectRig {
  const defects: unknown[] = [];
  const graph = new Graph({ onError: (collection, key, error) => defects.push({ collection, key, error }) });
  const kinds = new Map<string, InputCollection<SourceObject>>(
    kindDefinitions.map((kind) => [kindKey(kind), graph.input(`objects/${kindKey(kind)}`)]),
  );
  const objects = (kind: GroupKind): Collection<SourceObject> => {
    const found = kinds.get(kindKey(kind));
    if (found === undefined) throw new Error(`no definition of ${kindKey(kind)}`);
    return found;
  };
  const refusals = new Map(
    kindDefinitions.map((kind) => [kindKey(kind), graph.input<SourceObject>(`refused/${kindKey(kind)}`)]),
  );
  const refused = (kind: GroupKind): Collection<SourceObject> => {
    const found = refusals.get(kindKey(kind));
    if (found === undefined) throw new Error(`no definition of ${kindKey(kind)}`);
    return found;
  };
  const core = coreCollections({ graph, objects, refused, now: () => new Date("2026-06-01T00:00:00Z") });
  const outputs = new Map(
    dialects.map((dialect) => [dialect.name, dialect.translate({ graph, objects, refused, core, options })]),
  );
  const assertNoDefect = () => {
    if (defects.length > 0) throw new Error("a derivation threw", { cause: defects[0] });
  };
  return {
    graph,
    core,
    outputs,
    apply(changes) {
      graph.transaction(() => {
        for (const { key, object } of changes) {
          const admitted = object === undefined ? undefined : admitSourceObject(object).object;
          const kind = key.split("/", 2).join("/");
          if (admitted === undefined) kinds.get(kind)?.delete(key);
          else kinds.get(kind)?.set(key, admitted);
          if (object === undefined || admitted !== undefined) refusals.get(kind)?.delete(key);
          else refusals.get(kind)?.set(key, object);
        }
      });
      assertNoDefect();
    },
    force(objects) {
      graph.transaction(() => {
        for (const { key, object } of setting(...objects)) kinds.get(key.split("/", 2).join("/"))?.set(key, object);
      });
      assertNoDefect();
    },
  };
}

/** Changes that set objects. */
export function setting(
  ...objects: readonly SourceObject[]
): { readonly key: string; readonly object: SourceObject }[] {
  return objects.map((object) => ({
    key: objectKey({ ...refOf(object), group: groupOf(object.apiVersion) }),
    object,
  }));
}

/** Everything that the core kinds and the dialects say, as plain values by `<dialect>/<collection>` and key, sorted. */
export function snapshot({ core, outputs }: DialectRig): Record<string, Record<string, unknown>> {
  const all: Record<string, Record<string, unknown>> = {};
  const add = (name: string, collection: Collection<unknown>) => {
    all[name] = Object.fromEntries([...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  for (const [name, collection] of Object.entries(core)) add(`core/${name}`, collection);
  for (const [dialect, output] of outputs) {
    for (const [name, collection] of Object.entries(output)) add(`${dialect}/${name}`, collection);
  }
  return all;
}

/** How many keys each collection has recomputed between two looks, those that did nothing left out. */
export function recomputedBy(rig: DialectRig, work: () => void): Record<string, number> {
  const before = new Map(rig.graph.statistics().map(({ name, recomputed }) => [name, recomputed]));
  work();
  const counts = rig.graph
    .statistics()
    .map(({ name, recomputed }) => [name, recomputed - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
