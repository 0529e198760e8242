import type { Collection, Derivation, Group, InputCollection } from "./collection.ts";
import { DerivedNode } from "./derived.ts";
import { structurallyEqual } from "./equal.ts";
import { GroupNode } from "./group.ts";
import { JoinNode } from "./join.ts";
import { CollectionNode, type GraphNode, InputNode } from "./node.ts";

export interface GraphOptions {
  /** Told when a derivation throws, which is a defect; the key it ran for has no output until its inputs change. */
  readonly onError: (collection: string, key: string, error: unknown) => void;
}

export interface CollectionStatistics {
  readonly name: string;
  readonly size: number;
  /** Keys recomputed since the start. */
  readonly recomputed: number;
}

/**
 * Holds the collections and brings them up to date. A transaction batches edits of input collections, recomputes what they touch in the order in
 * which collections were made (a collection reads only older ones, so one pass suffices) and then tells subscribers.
 * Everything runs synchronously within `transaction`.
 */
export class Graph {
  private readonly nodes: GraphNode[] = [];
  private readonly options: GraphOptions;
  private editing = false;
  private settling = false;
  private readonly queue: (() => void)[] = [];

  constructor(options: GraphOptions) {
    this.options = options;
  }

  /**
   * Runs `edit`, which may set and delete in input collections, then recomputes and delivers. A transaction started by a subscriber runs after
   * the current one has been delivered to everybody.
   */
  transaction(edit: () => void): void {
    if (this.editing) {
      edit();
      return;
    }
    this.queue.push(edit);
    if (this.settling) return;
    this.settling = true;
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) this.settle(next);
    } finally {
      this.settling = false;
    }
  }

  private settle(edit: () => void): void {
    this.editing = true;
    try {
      edit();
    } finally {
      this.editing = false;
      for (const node of this.nodes) node.recompute();
      for (const node of this.nodes) node.deliver();
    }
  }

  input<V>(name: string): InputCollection<V> {
    const assertEditing = () => {
      if (!this.editing) throw new Error(`${name} was edited outside a transaction`);
    };
    return this.add(new InputNode<V>(name, this.nodes.length, structurallyEqual, assertEditing));
  }

  /**
   * A collection computed from another one, key by key. `derivation` must be a function of its arguments and of what it reads through its context.
   * Where two inputs produce one output key, the smaller input key wins.
   * @param equal tells when a recomputed value counts as unchanged; structural equality by default.
   */
  derive<A, B>(
    name: string,
    input: Collection<A>,
    derivation: Derivation<A, B>,
    equal: (a: B, b: B) => boolean = structurallyEqual,
  ): Collection<B> {
    const asNode = <V>(collection: Collection<V>) => this.asNode(collection);
    const node = new DerivedNode(
      name,
      this.nodes.length,
      this.asNode(input),
      derivation,
      equal,
      asNode,
      this.options.onError,
    );
    return this.fill(node, input);
  }

  /** Groups a collection's entries by the names that `groupsOf` gives, each group sorted by `compare` and then by key. */
  group<V>(
    name: string,
    input: Collection<V>,
    groupsOf: (value: V, key: string) => Iterable<string>,
    compare: (a: V, b: V) => number = () => 0,
  ): Group<V> {
    return this.fill(new GroupNode(name, this.nodes.length, this.asNode(input), groupsOf, compare), input);
  }

  /** Several collections as one; on equal keys the earlier collection wins. */
  join<V>(name: string, inputs: readonly Collection<V>[]): Collection<V> {
    const nodes = inputs.map((input) => this.asNode(input));
    return this.fill(new JoinNode(name, this.nodes.length, nodes, structurallyEqual), ...inputs);
  }

  statistics(): CollectionStatistics[] {
    return this.nodes.map(({ name, size, recomputed }) => ({ name, size, recomputed }));
  }

  private add<N extends GraphNode>(node: N): N {
    this.nodes.push(node);
    return node;
  }

  /** Collections are wired before the first edit: a later one would miss what is already there. */
  private fill<N extends GraphNode>(node: N, ...inputs: readonly Collection<unknown>[]): N {
    if (inputs.some((input) => input.size > 0)) throw new Error(`${node.name} was made after its input was filled`);
    return this.add(node);
  }

  private asNode<V>(collection: Collection<V>): CollectionNode<V> {
    if (collection instanceof CollectionNode) return collection;
    throw new Error(`${collection.name} does not belong to a graph`);
  }
}
