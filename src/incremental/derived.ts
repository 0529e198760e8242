import type { Collection, Context, Derivation, Entry, Group } from "./collection.ts";
import { CollectionNode, type GraphNode } from "./node.ts";

/** Stands for "every key of the collection" among recorded reads. */
const EVERY_KEY = "\u0000*";
const NOTHING: readonly never[] = [];

/** What one run read, flat: node, key, node, key … Maps and sets for each key would cost more memory than the values do. */
type Reads = (GraphNode | string)[];

/** The input keys to run again when something read changes; mostly there is one. */
type Readers = string | Set<string>;

/** What one input key produced; mostly there is one. */
type Outputs<B> = Entry<B> | readonly Entry<B>[];

/** A collection computed from another one, key by key, with recorded reads of further collections. */
export class DerivedNode<A, B> extends CollectionNode<B> {
  private readonly input: CollectionNode<A>;
  private readonly derivation: Derivation<A, B>;
  private readonly asNode: <V>(collection: Collection<V>) => CollectionNode<V>;
  private readonly onError: (collection: string, key: string, error: unknown) => void;
  /** Input key → what it produced. */
  private readonly outputs = new Map<string, Outputs<B>>();
  /** Input key → what it read, to forget it before the next run. */
  private readonly reads = new Map<string, Reads>();
  /** Read node → read key → the input keys to run again. */
  private readonly readers = new Map<GraphNode, Map<string, Readers>>();
  /** Output keys that more than one input produced: the smallest input key wins, whatever the order of edits. */
  private readonly claims = new Map<string, Map<string, B>>();
  private readonly owners = new Map<string, string>();

  constructor(
    name: string,
    rank: number,
    input: CollectionNode<A>,
    derivation: Derivation<A, B>,
    equal: (a: B, b: B) => boolean,
    asNode: <V>(collection: Collection<V>) => CollectionNode<V>,
    onError: (collection: string, key: string, error: unknown) => void,
  ) {
    super(name, rank, equal);
    this.input = input;
    this.derivation = derivation;
    this.asNode = asNode;
    this.onError = onError;
  }

  recompute(): void {
    if (this.input.changes.size === 0 && !this.readers.keys().some(hasChanges)) return;
    const dirty = new Set(this.input.changes.keys());
    for (const [node, byKey] of this.readers) {
      if (!hasChanges(node)) continue;
      addReaders(dirty, byKey.get(EVERY_KEY));
      for (const changed of node.changes.keys()) addReaders(dirty, byKey.get(changed));
    }
    for (const key of dirty) this.run(key);
  }

  private run(key: string): void {
    this.recomputed++;
    this.forgetReads(key);
    const before = listed(this.outputs.get(key));
    const value = this.input.get(key);
    const after = value === undefined ? NOTHING : this.compute(value, key);
    const [only] = after;
    if (only === undefined) this.outputs.delete(key);
    else this.outputs.set(key, after.length === 1 ? only : after);
    if (before.length > 0) {
      const kept = new Set(after.map((entry) => entry.key));
      for (const { key: output } of before) if (!kept.has(output)) this.withdraw(output, key);
    }
    for (const { key: output, value: result } of after) this.claim(output, key, result);
  }

  private compute(value: A, key: string): readonly Entry<B>[] {
    const read: Reads = [];
    const results: Entry<B>[] = [];
    try {
      for (const [output, result] of this.derivation(value, key, this.context(read))) {
        results.push({ key: output, value: result });
      }
    } catch (error) {
      // A derivation that throws is a defect of ours. It costs this key its output and nothing else.
      results.length = 0;
      this.onError(this.name, key, error);
    }
    if (read.length > 0) this.rememberReads(key, read);
    return results.length > 1 ? lastOfEach(results) : results;
  }

  private context(read: Reads): Context {
    const record = <V>(collection: Collection<V>, key: string): CollectionNode<V> => {
      const node = this.asNode(collection);
      if (node.rank >= this.rank) throw new Error(`${this.name} reads ${node.name}, which comes after it`);
      read.push(node, key);
      return node;
    };
    return {
      get: (collection, key) => record(collection, key).get(key),
      group: <V>(group: Group<V>, key: string) => record(group, key).get(key) ?? NOTHING,
      all: <V>(collection: Collection<V>): readonly Entry<V>[] => {
        const entries = [...record(collection, EVERY_KEY).entries()].map(([key, value]) => ({ key, value }));
        return entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
      },
    };
  }

  private rememberReads(key: string, read: Reads): void {
    this.reads.set(key, read);
    eachRead(read, (node, readKey) => {
      let byKey = this.readers.get(node);
      if (byKey === undefined) {
        byKey = new Map();
        this.readers.set(node, byKey);
      }
      const readers = byKey.get(readKey);
      if (readers === undefined) byKey.set(readKey, key);
      else if (typeof readers !== "string") readers.add(key);
      else if (readers !== key) byKey.set(readKey, new Set([readers, key]));
    });
  }

  private forgetReads(key: string): void {
    const read = this.reads.get(key);
    if (read === undefined) return;
    this.reads.delete(key);
    eachRead(read, (node, readKey) => {
      const byKey = this.readers.get(node);
      const readers = byKey?.get(readKey);
      if (readers === key) byKey?.delete(readKey);
      else if (readers !== undefined && typeof readers !== "string") {
        readers.delete(key);
        if (readers.size === 0) byKey?.delete(readKey);
      }
    });
  }

  private claim(output: string, key: string, value: B): void {
    const owner = this.owners.get(output);
    const claims = this.claims.get(output);
    if (claims === undefined && (owner === undefined || owner === key)) {
      this.owners.set(output, key);
      this.put(output, value);
      return;
    }
    const all = claims ?? new Map<string, B>();
    if (claims === undefined) {
      const held =
        owner === undefined ? undefined : listed(this.outputs.get(owner)).find((entry) => entry.key === output)?.value;
      if (owner !== undefined && held !== undefined) all.set(owner, held);
      this.claims.set(output, all);
    }
    all.set(key, value);
    this.settle(output, all);
  }

  private withdraw(output: string, key: string): void {
    const claims = this.claims.get(output);
    if (claims === undefined) {
      this.owners.delete(output);
      this.put(output, undefined);
      return;
    }
    claims.delete(key);
    this.settle(output, claims);
  }

  /** Gives the output to the smallest of the inputs that claim it. */
  private settle(output: string, claims: Map<string, B>): void {
    let winner: string | undefined;
    for (const key of claims.keys()) if (winner === undefined || key < winner) winner = key;
    if (claims.size <= 1) this.claims.delete(output);
    if (winner === undefined) {
      this.owners.delete(output);
      this.put(output, undefined);
    } else {
      this.owners.set(output, winner);
      this.put(output, claims.get(winner));
    }
  }
}

function hasChanges(node: GraphNode): boolean {
  return node.changes.size > 0;
}

function listed<B>(outputs: Outputs<B> | undefined): readonly Entry<B>[] {
  if (outputs === undefined) return NOTHING;
  return isList(outputs) ? outputs : [outputs];
}

function isList<B>(outputs: Outputs<B>): outputs is readonly Entry<B>[] {
  return Array.isArray(outputs);
}

/** Of several results for one output key, the last counts. */
function lastOfEach<B>(results: readonly Entry<B>[]): readonly Entry<B>[] {
  const byKey = new Map(results.map((entry) => [entry.key, entry]));
  return byKey.size === results.length ? results : [...byKey.values()];
}

function addReaders(dirty: Set<string>, readers: Readers | undefined): void {
  if (readers === undefined) return;
  if (typeof readers === "string") dirty.add(readers);
  else for (const key of readers) dirty.add(key);
}

function eachRead(read: Reads, visit: (node: GraphNode, key: string) => void): void {
  for (let index = 0; index < read.length; index += 2) {
    const node = read[index];
    const key = read[index + 1];
    if (typeof node === "object" && typeof key === "string") visit(node, key);
  }
}
