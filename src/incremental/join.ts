import { CollectionNode } from "./node.ts";

/** Several collections as one. Where two hold the same key, the earlier collection's value shows. */
export class JoinNode<V> extends CollectionNode<V> {
  private readonly inputs: readonly CollectionNode<V>[];

  constructor(name: string, rank: number, inputs: readonly CollectionNode<V>[], equal: (a: V, b: V) => boolean) {
    super(name, rank, equal);
    this.inputs = inputs;
  }

  recompute(): void {
    for (const input of this.inputs) {
      for (const key of input.changes.keys()) {
        this.recomputed++;
        this.put(key, this.first(key));
      }
    }
  }

  private first(key: string): V | undefined {
    for (const input of this.inputs) {
      const value = input.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
