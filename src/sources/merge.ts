import { isDeepStrictEqual } from "node:util";
import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import { describeRef, objectKey, refOf, type SourceObject } from "../model/source-object.ts";
import type { SourceBatch, SourceChange } from "./source.ts";

/**
 * Several sources as one: every key has at most one object, that of the earliest source in the configured order which has it. The
 * others get a diagnostic. What comes out is itself a batch: its diagnostics are kept under `<source>:<unit>`, those about shadowed
 * objects under `shadowed:<source>:<key>`.
 *
 * Where the merge stands depends only on what each source holds now, not on the order in which it was told.
 */
export class SourceMerger {
  readonly #rank: ReadonlyMap<string, number>;
  /** By key, then by source. */
  readonly #objects = new Map<string, Map<string, SourceObject>>();

  /** `order` lists the identifiers of all sources, the one that wins first. */
  constructor(order: readonly string[]) {
    this.#rank = new Map(order.map((source, index) => [source, index]));
  }

  /** Throws if the source is not one of those named at construction. */
  apply(source: string, batch: SourceBatch): SourceBatch {
    if (!this.#rank.has(source)) throw new Error(`the source ${source} is not in the configured order`);
    const diagnostics = new Map<string, readonly Diagnostic[]>();
    for (const [unit, told] of batch.diagnostics) diagnostics.set(`${source}:${unit}`, told);
    const changes = batch.changes.flatMap((change) => this.#applyChange(source, change, diagnostics));
    return { changes, diagnostics };
  }

  #applyChange(
    source: string,
    { key, object }: SourceChange,
    diagnostics: Map<string, readonly Diagnostic[]>,
  ): SourceChange[] {
    const before = this.#ranked(key);
    const holders = new Map(this.#objects.get(key));
    if (object === undefined) holders.delete(source);
    else holders.set(source, object);
    if (holders.size === 0) this.#objects.delete(key);
    else this.#objects.set(key, holders);
    const after = this.#ranked(key);
    const shadowedBefore = shadowed(before);
    const shadowedAfter = shadowed(after);
    for (const [unit, told] of shadowedAfter) {
      if (!isDeepStrictEqual(told, shadowedBefore.get(unit))) diagnostics.set(unit, [told]);
    }
    for (const unit of shadowedBefore.keys()) if (!shadowedAfter.has(unit)) diagnostics.set(unit, []);
    return before[0] === after[0] ? [] : [{ key, object: after[0] }];
  }

  #ranked(key: string): readonly SourceObject[] {
    const holders = [...(this.#objects.get(key) ?? [])];
    return holders
      .toSorted(([a], [b]) => (this.#rank.get(a) ?? 0) - (this.#rank.get(b) ?? 0))
      .map(([, object]) => object);
  }
}

function shadowed(ranked: readonly SourceObject[]): ReadonlyMap<string, Diagnostic> {
  const [winner, ...others] = ranked;
  const units = new Map<string, Diagnostic>();
  if (winner === undefined) return units;
  for (const object of others) {
    const ref = refOf(object);
    const message = `${describeRef(ref)} of the source "${object.source}" has no effect: "${winner.source}" defines it too and comes first`;
    const origin = { source: object.source, object: ref, path: [] };
    units.set(
      `shadowed:${object.source}:${objectKey(ref)}`,
      diagnose("WR0109", origin, message, "Delete one of the two."),
    );
  }
  return units;
}
