import { isDeepStrictEqual } from "node:util";
import type { LocatePosition } from "../../model/provenance.ts";
import { objectKey, type SourceObject } from "../../model/source-object.ts";
import type { Source, SourceBatch, SourceChange } from "../source.ts";
import type { Store, StoredObject, StoreEvent } from "./store.ts";
import { sourceObjectOf } from "./stored-source-object.ts";

/**
 * The store as a source: a write of this process is delivered within the write itself, before it is acknowledged to its client;
 * one of another process as soon as the store notices it.
 */
export class StoreSource implements Source {
  readonly id: string;
  /** Objects in a store have no lines. */
  readonly locate: LocatePosition = () => undefined;
  readonly #store: Store;
  readonly #known = new Map<string, SourceObject>();
  #stop: (() => void) | undefined;
  #isClosed = false;

  constructor(store: Store, id = "store") {
    this.#store = store;
    this.id = id;
  }

  async start(deliver: (batch: SourceBatch) => void): Promise<void> {
    const { objects, cursor } = await this.#store.listAll();
    if (this.#isClosed) return;
    this.#deliver(deliver, this.#difference(objects));
    const watching = await this.#store.watch(
      { after: cursor },
      {
        event: (event) => this.#deliver(deliver, this.#change(event)),
        // Listing again can fail as the store can; nothing after it would be right, so the error is not swallowed.
        expired: () => void this.start(deliver),
      },
    );
    if (watching.kind === "expired") return this.start(deliver);
    if (this.#isClosed) watching.stop();
    else this.#stop = watching.stop;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
  }

  #deliver(deliver: (batch: SourceBatch) => void, changes: readonly SourceChange[]): void {
    if (changes.length > 0 && !this.#isClosed) deliver({ changes, diagnostics: new Map() });
  }

  #change(event: StoreEvent): SourceChange[] {
    const key = objectKey(event.ref);
    if (event.object === undefined) return this.#known.delete(key) ? [{ key, object: undefined }] : [];
    const object = sourceObjectOf(event.object, this.id);
    if (isDeepStrictEqual(this.#known.get(key), object)) return [];
    this.#known.set(key, object);
    return [{ key, object }];
  }

  /** What brings the receiver from what it knows to these objects. */
  #difference(objects: readonly StoredObject[]): SourceChange[] {
    const changes: SourceChange[] = [];
    const gone = new Set(this.#known.keys());
    for (const stored of objects) {
      gone.delete(objectKey(stored.ref));
      changes.push(...this.#change({ cursor: stored.revision, ref: stored.ref, object: stored, previous: undefined }));
    }
    for (const key of gone) {
      this.#known.delete(key);
      changes.push({ key, object: undefined });
    }
    return changes;
  }
}
