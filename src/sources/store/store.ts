import type { GroupKind, JsonObject, ObjectRef } from "../../model/source-object.ts";

/**
 * A point in the history of one kind, to be handed back to the store and to nothing else: drivers differ in what they put into it.
 * Only equality has a meaning outside the driver. Every driver so far writes decimal integers that rise.
 */
export type Cursor = string;

export interface StoredObject {
  readonly ref: ObjectRef;
  /** The whole object as it was put. */
  readonly body: JsonObject;
  /** The cursor of the write that made this content. */
  readonly revision: Cursor;
}

/** One write that took effect. Created: no `previous`; deleted: no `object`. */
export interface StoreEvent {
  readonly cursor: Cursor;
  readonly ref: ObjectRef;
  readonly object: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
}

/** What must hold for a write to take effect. */
export type Expectation =
  | { readonly kind: "anything" }
  | { readonly kind: "absent" }
  | { readonly kind: "present" }
  | { readonly kind: "revision"; readonly revision: Cursor };

/** Proof of holding a lease: a write by a holder who lost it in the meantime is refused. */
export interface Fence {
  readonly lease: string;
  readonly token: number;
}

export interface WriteOptions {
  readonly expect: Expectation;
  readonly fence?: Fence;
}

/** `current` is what stands in the store instead of what was expected; undefined where nothing does. */
export interface WriteConflict {
  readonly kind: "conflict";
  readonly current: StoredObject | undefined;
}

export interface WriteFenced {
  readonly kind: "fenced";
}

export type PutOutcome = { readonly kind: "stored"; readonly object: StoredObject } | WriteConflict | WriteFenced;

export type DeleteOutcome =
  | { readonly kind: "deleted"; readonly object: StoredObject; readonly cursor: Cursor }
  | { readonly kind: "absent" }
  | WriteConflict
  | WriteFenced;

/** Where a page of a list ended. Lists are ordered by namespace, name and scope, by code unit. */
export interface ListPosition {
  readonly namespace: string;
  readonly name: string;
  readonly scope: string;
}

export interface ListQuery {
  readonly kind: GroupKind;
  readonly namespace?: string;
  /** Reads the past: the objects as they were at this cursor. Now, when left out. */
  readonly at?: Cursor;
  readonly after?: ListPosition;
  readonly limit?: number;
}

export type ListOutcome =
  | {
      readonly kind: "listed";
      readonly objects: readonly StoredObject[];
      /** Watching from here misses nothing that happens after this list. */
      readonly cursor: Cursor;
      /** Set where the limit cut the list short. */
      readonly next: ListPosition | undefined;
    }
  | Expired;

/** The cursor is older than what the store remembers, or no cursor of this store: list again. HTTP says 410 Gone. */
export interface Expired {
  readonly kind: "expired";
}

export interface WatchListener {
  /** Called once per event, in order, never while another call is running. */
  event(event: StoreEvent): void;
  /** The watch fell behind what the store remembers and has ended: list again. */
  expired(): void;
}

export interface WatchQuery {
  /** Every kind, when left out. */
  readonly kind?: GroupKind;
  readonly after: Cursor;
}

export type WatchOutcome = { readonly kind: "watching"; readonly stop: () => void } | Expired;

export type LeaseOutcome =
  | {
      readonly kind: "held";
      /** Rises whenever the lease changes hands, so that the writes of a former holder can be told apart. */
      readonly token: number;
      /** Milliseconds since 1970. */
      readonly expiresAt: number;
    }
  | { readonly kind: "taken"; readonly holder: string; readonly expiresAt: number };

/**
 * Where Weir keeps objects when no Kubernetes API does. One contract suite (`store-contract.ts`) holds for every driver:
 * - a write that was acknowledged survives the death of the process and of the machine;
 * - writes to one object are serialised; those of all objects have one order, in which watchers see them;
 * - watchers in this process have been called before the promise of the write settles, those in another process soon after;
 * - user content is never the cause of a rejected promise: rejections are `StoreError`s about the storage itself.
 */
export interface Store {
  get(ref: ObjectRef): Promise<StoredObject | undefined>;
  list(query: ListQuery): Promise<ListOutcome>;
  /** Every object of every kind, in the order of group, kind, namespace, name. For start-up. */
  listAll(): Promise<{ readonly objects: readonly StoredObject[]; readonly cursor: Cursor }>;
  put(ref: ObjectRef, body: JsonObject, options: WriteOptions): Promise<PutOutcome>;
  delete(ref: ObjectRef, options: WriteOptions): Promise<DeleteOutcome>;
  /** Past events after the cursor are delivered before the promise settles, then those to come. */
  watch(query: WatchQuery, listener: WatchListener): Promise<WatchOutcome>;
  /** Takes the lease if it is free or expired, renews it if `holder` has it. `durationMs` counts from now. */
  acquireLease(name: string, holder: string, durationMs: number): Promise<LeaseOutcome>;
  /** Gives the lease back before its time; without effect if `holder` does not have it. */
  releaseLease(name: string, holder: string): Promise<void>;
  close(): Promise<void>;
}
