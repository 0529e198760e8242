import { admitSourceObject } from "../admission/admit-source-object.ts";
import { kindDefinitions } from "../admission/kinds.ts";
import type { Collection, InputCollection } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { objectAt } from "../model/json.ts";
import { type GroupKind, groupOf, kindKey, type SourceObject } from "../model/source-object.ts";
import { SourceMerger } from "../sources/merge.ts";
import type { SourceBatch, SourceChange } from "../sources/source.ts";
import { shareObject } from "./share-structure.ts";

/**
 * Where objects enter the graph: the sources' batches are merged into one view, admitted, and set in the collection of their kind, all in one
 * transaction.
 */
export class ObjectIntake {
  readonly #graph: Graph;
  readonly #merger: SourceMerger;
  readonly #kinds = new Map<string, InputCollection<SourceObject>>();
  /** Only of the kinds that somebody asked for. */
  readonly #refused = new Map<string, InputCollection<SourceObject>>();
  readonly #admission: InputCollection<readonly Diagnostic[]>;
  /** By the merger's units: text that could not be read, and objects that another source shadows. */
  readonly #reported = new Map<string, readonly Diagnostic[]>();

  constructor(graph: Graph, sourceOrder: readonly string[]) {
    this.#graph = graph;
    this.#merger = new SourceMerger(sourceOrder);
    for (const kind of kindDefinitions) this.#kinds.set(kindKey(kind), graph.input(`objects/${kindKey(kind)}`));
    this.#admission = graph.input("diagnostics/admission");
  }

  /** The admitted objects of one kind, by `objectKey`. */
  objects(kind: GroupKind): Collection<SourceObject> {
    const collection = this.#kinds.get(kindKey(kind));
    if (collection === undefined) throw new Error(`no definition of ${kindKey(kind)} is known`);
    return collection;
  }

  /** The admitted objects of all kinds, a collection each. */
  collections(): Iterable<Collection<SourceObject>> {
    return this.#kinds.values();
  }

  /** Objects of one kind that admission refused, as written, by `objectKey`. To be asked for before the first batch. */
  refused(kind: GroupKind): Collection<SourceObject> {
    const name = kindKey(kind);
    const known = this.#refused.get(name);
    if (known !== undefined) return known;
    const collection = this.#graph.input<SourceObject>(`refused/${name}`);
    this.#refused.set(name, collection);
    return collection;
  }

  /** What admission found out about objects, by `objectKey`. */
  get diagnostics(): Collection<readonly Diagnostic[]> {
    return this.#admission;
  }

  /** What sources and their merging reported: text that is no object, objects that have no effect. */
  *reported(): Iterable<Diagnostic> {
    for (const list of this.#reported.values()) yield* list;
  }

  /** How many objects are in use, of each kind that has any. */
  *counts(): Iterable<readonly [GroupKind, number]> {
    for (const { group, kind } of kindDefinitions) {
      const { size } = this.objects({ group, kind });
      if (size > 0) yield [{ group, kind }, size];
    }
  }

  /** Applies what a source reported; everything that follows from it has been computed and delivered when this returns. */
  apply(source: string, batch: SourceBatch): void {
    this.#graph.transaction(() => {
      const merged = this.#merger.apply(source, batch);
      for (const change of merged.changes) this.#admit(change);
      for (const [unit, list] of merged.diagnostics) {
        if (list.length === 0) this.#reported.delete(unit);
        else this.#reported.set(unit, list);
      }
    });
  }

  #admit({ key, object }: SourceChange): void {
    if (object === undefined) {
      this.#kinds.get(kindOfKey(key))?.delete(key);
      this.#refused.get(kindOfKey(key))?.delete(key);
      this.#admission.delete(key);
      return;
    }
    const plain = withoutBookkeeping(object);
    const admitted = admitSourceObject(plain);
    const name = kindKey({ group: groupOf(object.apiVersion), kind: object.kind });
    if (admitted.object === undefined) {
      this.#kinds.get(name)?.delete(key);
      this.#refused.get(name)?.set(key, plain);
    } else {
      const body = shareObject(object.body, admitted.object.body);
      this.#kinds.get(name)?.set(key, { ...admitted.object, body });
      this.#refused.get(name)?.delete(key);
    }
    put(this.#admission, key, admitted.diagnostics);
  }
}

function put(collection: InputCollection<readonly Diagnostic[]>, key: string, list: readonly Diagnostic[]): void {
  if (list.length === 0) collection.delete(key);
  else collection.set(key, list);
}

/** `group/Kind` of an `objectKey`. */
function kindOfKey(key: string): string {
  return key.split("/", 2).join("/");
}

/** Without what changes when only a status is written: such a write must not look like a change. */
function withoutBookkeeping(object: SourceObject): SourceObject {
  const metadata = objectAt(object.body, "metadata");
  if (metadata.resourceVersion === undefined && metadata.managedFields === undefined) return object;
  const { resourceVersion: _version, managedFields: _fields, ...rest } = metadata;
  return { ...object, body: { ...object.body, metadata: rest } };
}
