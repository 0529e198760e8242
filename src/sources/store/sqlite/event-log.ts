import type { GroupKind, ObjectRef } from "../../../model/source-object.ts";
import type { StoredObject, StoreEvent } from "../store.ts";
import { integerOf, storeEventOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

/** What a write found, with the text it is stored as. */
export interface Previous {
  readonly object: StoredObject;
  readonly text: string;
}

export interface EventLogLimits {
  readonly keepEvents: number;
  readonly keepBytes: number;
}

/** Old events are dropped in groups of this many, within an ordinary write: small enough not to be felt, rare enough to cost nothing. */
const FORGET_EVERY = 64;

/** The past writes, which are the store's cursors too. */
export class EventLog {
  readonly #statements: Statements;
  readonly #limits: EventLogLimits;
  /** Written since the size of the log was last looked at. */
  #bytesSince = 0;

  constructor(statements: Statements, limits: EventLogLimits) {
    this.#statements = statements;
    this.#limits = limits;
  }

  /** The number of the last event; 0 before the first. */
  head(): number {
    const row = this.#statements.head.get();
    return row ? integerOf(row, "seq") : 0;
  }

  /** The number behind a cursor; undefined where events after it are already forgotten, or it is none of ours. */
  position(cursor: string, head: number): number | undefined {
    if (!/^\d{1,15}$/.test(cursor)) return undefined;
    const position = Number(cursor);
    const oldest = this.#statements.oldestEvent.get();
    const horizon = oldest === undefined || oldest.seq === null ? head : integerOf(oldest, "seq") - 1;
    return position < horizon || position > head ? undefined : position;
  }

  /** The events after one number up to another, of one kind or of all. */
  between(after: number, last: number, kind?: GroupKind): readonly StoreEvent[] {
    const { eventsBetween, eventsOfKindBetween } = this.#statements;
    const rows =
      kind === undefined ? eventsBetween.all(after, last) : eventsOfKindBetween.all(after, last, kind.group, kind.kind);
    return rows.map(storeEventOf);
  }

  /** Runs inside the transaction of the write. `text` is null for a deletion. */
  append(ref: ObjectRef, text: string | null, previous: Previous | undefined): number {
    const before = previous === undefined ? [null, null] : [Number(previous.object.revision), previous.text];
    const { lastInsertRowid } = this.#statements.appendEvent.run(...keyOf(ref), text, ...before);
    const cursor = Number(lastInsertRowid);
    this.#bytesSince += (text?.length ?? 0) + (previous?.text.length ?? 0);
    if (cursor % FORGET_EVERY === 0) this.#statements.forgetEvents.run(cursor - this.#limits.keepEvents);
    if (this.#bytesSince > this.#limits.keepBytes / 16) this.#forgetBeyondBytes();
    return cursor;
  }

  #forgetBeyondBytes(): void {
    this.#bytesSince = 0;
    let kept = 0;
    for (const row of this.#statements.eventSizes.iterate()) {
      kept += integerOf(row, "size");
      if (kept <= this.#limits.keepBytes) continue;
      this.#statements.forgetEvents.run(integerOf(row, "seq"));
      return;
    }
  }
}

/** The columns by which an object is found. */
export function keyOf(ref: ObjectRef): [string, string, string, string, string] {
  return [ref.group, ref.kind, ref.namespace, ref.name, ref.scope];
}
