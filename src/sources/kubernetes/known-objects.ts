import { isDeepStrictEqual } from "node:util";
import { type ObjectRef, refOf, type SourceObject } from "../../model/source-object.ts";
import type { SourceChange } from "../source.ts";
import type { Reading } from "./reading.ts";

/** The keys of the objects that one list and watch answers for. */
export type Holding = Set<string>;

interface Entry {
  reading: Reading | undefined;
  /** What the receiver knows. */
  delivered: SourceObject | undefined;
  holding: Holding;
}

/** What is to be told since it was last asked. */
export interface News {
  readonly changes: readonly SourceChange[];
  readonly statuses: readonly ObjectRef[];
}

/**
 * All objects that are known, and what of them the receiver has not been told yet. Only the last of several states is told, and only if
 * something in it differs from what was told before: a watch may repeat itself, and most writes to an object are to its status.
 *
 * An object belongs to the holding that spoke of it last, so that a list and watch can be replaced by another without anything
 * seeming to go away in between.
 */
export class KnownObjects {
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Set<string>();
  readonly #statuses = new Map<string, ObjectRef>();
  readonly #changed: (key: string, object: SourceObject | undefined) => void;

  /** @param changed told at once when a state differs from the one before, before it can be among the news. */
  constructor(changed: (key: string, object: SourceObject | undefined) => void) {
    this.#changed = changed;
  }

  get(key: string): Reading | undefined {
    return this.#entries.get(key)?.reading;
  }

  get hasNews(): boolean {
    return this.#pending.size > 0 || this.#statuses.size > 0;
  }

  apply(holding: Holding, reading: Reading): void {
    const { key } = reading;
    const entry = this.#entries.get(key);
    holding.add(key);
    if (entry === undefined) {
      this.#entries.set(key, { reading, delivered: undefined, holding });
    } else if (entry.holding !== holding) {
      entry.holding.delete(key);
      entry.holding = holding;
    }
    const before = entry?.reading;
    if (entry !== undefined) entry.reading = reading;
    if (before?.resourceVersion === reading.resourceVersion && before.object.uid === reading.object.uid) return;
    if (!isDeepStrictEqual(before?.status, reading.status)) this.#statuses.set(key, refOf(reading.object));
    if (before !== undefined && isDeepStrictEqual(before.object, reading.object)) {
      // One object for one state, so that nothing holds on to the other.
      if (entry !== undefined) entry.reading = { ...reading, object: before.object };
      return;
    }
    this.#pending.add(key);
    this.#changed(key, reading.object);
  }

  /** The holding has these objects and no others. */
  replace(holding: Holding, readings: readonly Reading[]): void {
    const gone = new Set(holding);
    for (const reading of readings) {
      gone.delete(reading.key);
      this.apply(holding, reading);
    }
    for (const key of gone) this.remove(holding, key);
  }

  /** The object is gone, unless another holding has spoken of it since. */
  remove(holding: Holding, key: string): void {
    if (!holding.delete(key)) return;
    const entry = this.#entries.get(key);
    if (entry?.reading === undefined) return;
    if (entry.reading.status !== undefined) this.#statuses.set(key, refOf(entry.reading.object));
    entry.reading = undefined;
    this.#pending.add(key);
    this.#changed(key, undefined);
  }

  takeNews(): News {
    const changes: SourceChange[] = [];
    for (const key of this.#pending) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      const object = entry.reading?.object;
      if (object === undefined) this.#entries.delete(key);
      if (isDeepStrictEqual(object, entry.delivered)) continue;
      entry.delivered = object;
      changes.push({ key, object });
    }
    const statuses = [...this.#statuses.values()];
    this.#pending.clear();
    this.#statuses.clear();
    return { changes, statuses };
  }
}
