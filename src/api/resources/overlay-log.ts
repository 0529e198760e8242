import { type GroupKind, kindKey, type ObjectRef, objectKey } from "../../model/source-object.ts";
import type { Cursor } from "../../sources/store/store.ts";
import type { ViewEvent } from "./object-view.ts";
import { firstOverlayRevision, isAfter, type Revision } from "./revisions.ts";

const KEPT_EVENTS = 10_000;

/** The recent changes of objects outside the store, for watches that come back. It lives as long as the process. */
export class OverlayLog {
  readonly #first: number;
  #current: number;
  #begin: Revision;
  #events: ViewEvent[] = [];
  readonly #revisions = new Map<string, Revision>();
  readonly #followers = new Set<(event: ViewEvent) => void>();

  constructor(now: number) {
    this.#first = firstOverlayRevision(now);
    this.#current = this.#first;
    this.#begin = { store: "0", overlay: this.#first };
  }

  /** Called once, when the content at the start is complete: what was there before has no events. */
  begin(store: Cursor): void {
    this.#begin = { store, overlay: this.#first };
  }

  get current(): number {
    return this.#current;
  }

  next(store: Cursor): Revision {
    this.#current++;
    return { store, overlay: this.#current };
  }

  append(event: ViewEvent): void {
    this.#events.push(event);
    if (this.#events.length > 2 * KEPT_EVENTS) this.#events = this.#events.slice(-KEPT_EVENTS);
    const key = objectKey(event.ref);
    if (event.after === undefined) this.#revisions.delete(key);
    else this.#revisions.set(key, event.revision);
    for (const follower of [...this.#followers]) follower(event);
  }

  /** The revision of an object's last change; that of the start where it has not changed since. */
  revisionOf(ref: ObjectRef): Revision {
    return this.#revisions.get(objectKey(ref)) ?? this.#begin;
  }

  /**
   * Whether every change after the revision is remembered. The revision of a stored object says nothing about the process it was read
   * from; if it is older than this process, files may have changed in between, which only matters to who watches more than that object.
   */
  knows(revision: Revision, isSingle: boolean): boolean {
    if (revision.overlay > this.#current) return false;
    if (revision.overlay !== 0 && revision.overlay < this.#first) return false;
    if (revision.overlay === 0 && BigInt(revision.store) <= BigInt(this.#begin.store) && !isSingle) return false;
    const oldest = this.#events[0]?.revision;
    return oldest === undefined || oldest.overlay === this.#first + 1 || !isAfter(oldest, revision);
  }

  /** Past events first, within the call. */
  follow(kind: GroupKind, after: Revision, listener: (event: ViewEvent) => void): () => void {
    const wanted = kindKey(kind);
    const tell = (event: ViewEvent): void => {
      if (kindKey(event.ref) === wanted) listener(event);
    };
    for (const event of this.#events) if (isAfter(event.revision, after)) tell(event);
    this.#followers.add(tell);
    return () => this.#followers.delete(tell);
  }
}
