import type { Change, Changes, Collection, InputCollection } from "./collection.ts";

/** What the graph and recorded reads need to know of a collection, whatever it holds. */
export interface GraphNode {
  readonly name: string;
  /** Position in the graph: a node reads only nodes with a lower rank. */
  readonly rank: number;
  readonly size: number;
  /** How many keys were recomputed since the start. */
  readonly recomputed: number;
  readonly changes: Changes<unknown>;
  recompute(): void;
  deliver(): void;
}

/**
 * The common part of every collection: current values, the changes of the running transaction, subscribers.
 * A subclass says in `recompute` how the changes of what it reads become changes of its own.
 */
export abstract class CollectionNode<V> implements Collection<V>, GraphNode {
  readonly name: string;
  readonly rank: number;
  recomputed = 0;
  protected readonly values = new Map<string, V>();
  private pending = new Map<string, Change<V>>();
  private readonly listeners = new Set<(changes: Changes<V>) => void>();
  protected readonly equal: (a: V, b: V) => boolean;

  constructor(name: string, rank: number, equal: (a: V, b: V) => boolean) {
    this.name = name;
    this.rank = rank;
    this.equal = equal;
  }

  get size(): number {
    return this.values.size;
  }

  get(key: string): V | undefined {
    return this.values.get(key);
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  entries(): IterableIterator<[string, V]> {
    return this.values.entries();
  }

  subscribe(listener: (changes: Changes<V>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What changed in the running transaction so far. */
  get changes(): Changes<V> {
    return this.pending;
  }

  /** Brings this collection up to date with the changes of the nodes before it. */
  abstract recompute(): void;

  /** Ends the transaction for this node: tells subscribers and forgets the changes. */
  deliver(): void {
    if (this.pending.size === 0) return;
    const changes = this.pending;
    this.pending = new Map();
    for (const listener of this.listeners) listener(changes);
  }

  /** Sets or (with undefined) removes a value; a structurally equal value changes nothing and keeps the old reference. */
  protected put(key: string, value: V | undefined): void {
    const current = this.values.get(key);
    if (value === undefined) {
      if (current === undefined) return;
      this.values.delete(key);
    } else {
      if (current !== undefined && this.equal(current, value)) return;
      this.values.set(key, value);
    }
    const before = this.pending.has(key) ? this.pending.get(key)?.before : current;
    const unchanged = before === undefined ? value === undefined : value !== undefined && this.equal(before, value);
    if (unchanged) this.pending.delete(key);
    else this.pending.set(key, { before, after: value });
  }
}

export class InputNode<V> extends CollectionNode<V> implements InputCollection<V> {
  private readonly assertEditing: () => void;

  constructor(name: string, rank: number, equal: (a: V, b: V) => boolean, assertEditing: () => void) {
    super(name, rank, equal);
    this.assertEditing = assertEditing;
  }

  set(key: string, value: V): void {
    this.assertEditing();
    this.put(key, value);
  }

  delete(key: string): void {
    this.assertEditing();
    this.put(key, undefined);
  }

  recompute(): void {}
}
