/** What happened to one key in one transaction; at least one side is set, and the two differ structurally. */
export interface Change<V> {
  readonly before: V | undefined;
  readonly after: V | undefined;
}

export type Changes<V> = ReadonlyMap<string, Change<V>>;

/**
 * A keyed set of values that the graph keeps up to date. Contract, tested by one suite for every kind of collection:
 * - reads outside a transaction see the state after the last one; reads inside a derivation see the state of this one.
 * - after each transaction a subscriber receives every key that changed, once, with the value before the transaction and the value after it;
 *   a key whose value is structurally the same is not reported.
 * - iteration order is unspecified; where order matters, use a group.
 */
export interface Collection<V> {
  readonly name: string;
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
  entries(): IterableIterator<[string, V]>;
  /** Calls `listener` after each transaction that changed something here, until the returned function is called. */
  subscribe(listener: (changes: Changes<V>) => void): () => void;
}

/** A collection that is edited from outside, within `Graph.transaction`. */
export interface InputCollection<V> extends Collection<V> {
  set(key: string, value: V): void;
  delete(key: string): void;
}

export interface Entry<V> {
  readonly key: string;
  readonly value: V;
}

/** The entries of another collection, by group and in a defined order within each group; empty groups do not exist. */
export type Group<V> = Collection<readonly Entry<V>[]>;

/** Reads of other collections inside a derivation; each read is recorded, and a change of what was read runs the derivation again. */
export interface Context {
  get<V>(collection: Collection<V>, key: string): V | undefined;
  /** The members of one group, in its order; empty if there is no such group. */
  group<V>(group: Group<V>, key: string): readonly Entry<V>[];
  /** Everything in a collection, sorted by key. Any change in it runs the derivation again: use sparingly. */
  all<V>(collection: Collection<V>): readonly Entry<V>[];
}

export type Derivation<A, B> = (value: A, key: string, context: Context) => Iterable<readonly [string, B]>;
