import type { Collection, Context, Derivation, Entry, Group } from "./collection.ts";
import { CollectionNode, type GraphNode } from "./node.ts";

/** Stands for "every key of the collection" among recorded reads. */
const EVERY_KEY = "\u0000*";
const NOTHING: readonly never[] = [];

type ReadMap = Map<GraphNode, Set<string>>;

/** A collection computed from another one, key by key, with recorded reads of further collections. */
export class DerivedNode<A, B> extends CollectionNode<B> {
  private readonly input: CollectionNode<A>;
  private readonly derivation: Derivation<A, B>;
  private readonly asNode: <V>(collection: Collection<V>) => CollectionNode<V>;
  private readonly onError: (collection: string, key: string, error: unknown) => void;
  /** Input key → what it produced. */
  private readonly outputs = new Map<string, ReadonlyMap<string, B>>();
  /** Input key → what it read, to forget it before the next run. */
  private readonly reads = new Map<string, ReadMap>();
  /** Read node → read key → the input keys to run again. */
  private readonly readers = new Map<GraphNode, Map<string, Set<string>>>();
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
    const dirty = new Set(this.input.changes.keys());
    for (const [node, byKey] of this.readers) {
      if (node.changes.size === 0) continue;
      for (const key of byKey.get(EVERY_KEY) ?? NOTHING) dirty.add(key);
      for (const changed of node.changes.keys()) {
        for (const key of byKey.get(changed) ?? NOTHING) dirty.add(key);
      }
    }
    for (const key of dirty) this.run(key);
  }

  private run(key: string): void {
    this.recomputed++;
    this.forgetReads(key);
    const before = this.outputs.get(key);
    const value = this.input.get(key);
    const after = value === undefined ? undefined : this.compute(value, key);
    if (after === undefined || after.size === 0) this.outputs.delete(key);
    else this.outputs.set(key, after);
    if (before !== undefined) {
      for (const output of before.keys()) if (after?.has(output) !== true) this.withdraw(output, key);
    }
    if (after !== undefined) for (const [output, result] of after) this.claim(output, key, result);
  }

  private compute(value: A, key: string): ReadonlyMap<string, B> {
    const read: ReadMap = new Map();
    const results = new Map<string, B>();
    try {
      for (const [output, result] of this.derivation(value, key, this.context(read))) results.set(output, result);
    } catch (error) {
      // A derivation that throws is a defect of ours. It costs this key its output and nothing else.
      results.clear();
      this.onError(this.name, key, error);
    }
    if (read.size > 0) this.rememberReads(key, read);
    return results;
  }

  private context(read: ReadMap): Context {
    const record = <V>(collection: Collection<V>, key: string): CollectionNode<V> => {
      const node = this.asNode(collection);
      if (node.rank >= this.rank) throw new Error(`${this.name} reads ${node.name}, which comes after it`);
      let keys = read.get(node);
      if (keys === undefined) {
        keys = new Set();
        read.set(node, keys);
      }
      keys.add(key);
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

  private rememberReads(key: string, read: ReadMap): void {
    this.reads.set(key, read);
    for (const [node, keys] of read) {
      let byKey = this.readers.get(node);
      if (byKey === undefined) {
        byKey = new Map();
        this.readers.set(node, byKey);
      }
      for (const readKey of keys) {
        const readers = byKey.get(readKey);
        if (readers === undefined) byKey.set(readKey, new Set([key]));
        else readers.add(key);
      }
    }
  }

  private forgetReads(key: string): void {
    const read = this.reads.get(key);
    if (read === undefined) return;
    this.reads.delete(key);
    for (const [node, keys] of read) {
      const byKey = this.readers.get(node);
      for (const readKey of keys) {
        const readers = byKey?.get(readKey);
        readers?.delete(key);
        if (readers?.size === 0) byKey?.delete(readKey);
      }
    }
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
      const held = owner === undefined ? undefined : this.outputs.get(owner)?.get(output);
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
