import { createHash } from "node:crypto";
import { objectAt } from "../../model/json.ts";
import {
  type GroupKind,
  type JsonObject,
  type ObjectRef,
  objectKey,
  refOf,
  type SourceObject,
} from "../../model/source-object.ts";
import type { SourceChange } from "../../sources/source.ts";
import type { Cursor, ListPosition, Store, StoredObject, StoreEvent } from "../../sources/store/store.ts";
import type { ReadOverlay } from "../read-overlay.ts";
import { OverlayLog } from "./overlay-log.ts";
import { encodeRevision, isAfter, type Revision, storedRevision } from "./revisions.ts";

/** An object as the API shows it: in `body`, `metadata.resourceVersion` is set. */
export interface VisibleObject {
  readonly ref: ObjectRef;
  readonly body: JsonObject;
  /** Who owns the object, where that is not the store. */
  readonly owner: SourceObject | undefined;
  readonly stored: StoredObject | undefined;
}

export interface ViewEvent {
  readonly ref: ObjectRef;
  readonly revision: Revision;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
}

export interface ViewQuery {
  readonly kind: GroupKind;
  readonly namespace?: string;
  readonly limit?: number;
  /** To continue a list: the state of the store it was begun in, and where it stopped. */
  readonly at?: Cursor;
  readonly after?: ListPosition;
}

export type ViewList =
  | {
      readonly kind: "listed";
      readonly objects: readonly VisibleObject[];
      readonly revision: Revision;
      readonly next: ListPosition | undefined;
    }
  | { readonly kind: "expired" };

export interface ViewListener {
  event(event: ViewEvent): void;
  expired(): void;
}

export interface ViewWatch {
  readonly kind: GroupKind;
  readonly after: Revision;
  /** Set where one object alone is watched: its own revision is then a good place to start from, however old. */
  readonly isSingle: boolean;
}

export interface ObjectViewOptions {
  readonly store: Store;
  readonly overlay: ReadOverlay | undefined;
  /** The kinds the overlay is asked for. */
  readonly kinds: readonly GroupKind[];
  /** How the overlay names the store as a source. */
  readonly storeSource: string;
  /** Objects that are there even if nobody has written them. They come without a revision, and no event tells of them. */
  readonly builtIn: readonly { readonly ref: ObjectRef; readonly body: JsonObject }[];
  readonly now: number;
  /** Told when the store fails where nobody waits for an answer. */
  readonly onError: (error: unknown) => void;
}

/** What can be read through the API: the store's objects, and over them those of other sources. */
export class ObjectView {
  readonly #store: Store;
  readonly #overlay: ReadOverlay | undefined;
  readonly #storeSource: string;
  readonly #onError: (error: unknown) => void;
  readonly #builtIn: readonly VisibleObject[];
  readonly #log: OverlayLog;
  /** The objects outside the store, by key: what the next change of them is compared with. */
  readonly #outside = new Map<string, SourceObject>();
  #head: Cursor = "0";
  #stops: (() => void)[] = [];

  private constructor({ store, overlay, storeSource, builtIn, now, onError }: ObjectViewOptions) {
    this.#store = store;
    this.#overlay = overlay;
    this.#storeSource = storeSource;
    this.#onError = onError;
    const resourceVersion = storedRevision("0");
    this.#builtIn = builtIn.map((object) => ({
      ref: object.ref,
      body: withMetadata(object.body, { resourceVersion }),
      owner: undefined,
      stored: undefined,
    }));
    this.#log = new OverlayLog(now);
  }

  static async open(options: ObjectViewOptions): Promise<ObjectView> {
    const view = new ObjectView(options);
    const { overlay, kinds } = options;
    await view.#follow();
    if (overlay !== undefined) {
      for (const kind of kinds) for (const object of overlay.list(kind)) view.#remember(object);
      view.#stops.push(overlay.subscribe((changes) => view.#overlayChanged(changes)));
    }
    view.#log.begin(view.#head);
    return view;
  }

  get revision(): Revision {
    return { store: this.#head, overlay: this.#overlay === undefined ? 0 : this.#log.current };
  }

  async get(ref: ObjectRef): Promise<VisibleObject | undefined> {
    const outside = this.#outside.get(objectKey(ref));
    if (outside !== undefined) return this.#showOutside(outside);
    const stored = await this.#store.get(ref);
    return stored === undefined ? this.#builtIn.find((each) => objectKey(each.ref) === objectKey(ref)) : show(stored);
  }

  /** Whether an object of another source stands in the place of one in the store. */
  ownerOf(ref: ObjectRef): SourceObject | undefined {
    return this.#outside.get(objectKey(ref));
  }

  async list(query: ViewQuery): Promise<ViewList> {
    const overlay = this.#overlay === undefined ? 0 : this.#log.current;
    const outside = this.#outsideOf(query);
    const fromStore = await this.#store.list(query);
    if (fromStore.kind === "expired") return fromStore;
    const visible = fromStore.objects.filter(({ ref }) => !this.#outside.has(objectKey(ref))).map(show);
    const last = fromStore.next;
    const reached = last === undefined ? outside : outside.filter(({ ref }) => comparePositions(ref, last) <= 0);
    const found = [...visible, ...reached];
    const keys = new Set(found.map(({ ref }) => objectKey(ref)));
    const builtIn = this.#builtIn.filter(({ ref }) => isListed(ref, query, last) && !keys.has(objectKey(ref)));
    const all = [...found, ...builtIn].sort((a, b) => comparePositions(a.ref, b.ref));
    const isCut = query.limit !== undefined && all.length > query.limit;
    const objects = isCut ? all.slice(0, query.limit) : all;
    return {
      kind: "listed",
      objects,
      revision: { store: fromStore.cursor, overlay },
      next: isCut ? objects.at(-1)?.ref : last,
    };
  }

  /** Delivers what happened after the revision, then what happens; past and present in one order. */
  async watch(
    query: ViewWatch,
    listener: ViewListener,
  ): Promise<{ kind: "watching"; stop: () => void } | { kind: "expired" }> {
    if (this.#overlay !== undefined && !this.#log.knows(query.after, query.isSingle)) return { kind: "expired" };
    let waiting: ViewEvent[] | undefined = [];
    const tell = (event: ViewEvent): void => {
      if (waiting === undefined) listener.event(event);
      else waiting.push(event);
    };
    const fromStore = await this.#store.watch(
      { kind: query.kind, after: query.after.store },
      {
        event: (event) => {
          if (!this.#outside.has(objectKey(event.ref))) tell(ofStore(event));
        },
        expired: () => listener.expired(),
      },
    );
    if (fromStore.kind === "expired") return fromStore;
    const fromOverlay = this.#log.follow(query.kind, query.after, tell);
    const past = waiting.sort((a, b) => (isAfter(a.revision, b.revision) ? 1 : -1));
    waiting = undefined;
    for (const event of past) listener.event(event);
    return {
      kind: "watching",
      stop: () => {
        fromStore.stop();
        fromOverlay();
      },
    };
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  /** Keeps `#head` at the store's last event, so that changes outside the store can be placed among the store's. */
  async #follow(): Promise<void> {
    const { cursor } = await this.#store.list({ kind: { group: "", kind: "" }, limit: 1 }).then((listed) => {
      if (listed.kind === "expired") throw new Error("the store calls its present expired");
      return listed;
    });
    this.#head = cursor;
    const watching = await this.#store.watch(
      { after: cursor },
      {
        event: (event) => {
          this.#head = event.cursor;
        },
        expired: () => void this.#follow().catch(this.#onError),
      },
    );
    if (watching.kind === "expired") return this.#follow();
    this.#stops.push(watching.stop);
  }

  #remember(object: SourceObject): void {
    if (object.source !== this.#storeSource) this.#outside.set(objectKey(refOf(object)), object);
  }

  #overlayChanged(changes: readonly SourceChange[]): void {
    for (const { key, object } of changes) {
      const before = this.#outside.get(key);
      if (object !== undefined && object.source !== this.#storeSource) {
        this.#outside.set(key, object);
        const revision = this.#log.next(this.#head);
        this.#log.append({
          ref: refOf(object),
          revision,
          before: before && bodyOf(before, revision),
          after: bodyOf(object, revision),
        });
      } else if (before !== undefined) {
        this.#outside.delete(key);
        this.#reveal(before).catch(this.#onError);
      }
    }
  }

  /** An object of another source is gone; the one in the store that it stood in front of, if there is one, comes to light. */
  async #reveal(before: SourceObject): Promise<void> {
    const ref = refOf(before);
    const stored = await this.#store.get(ref);
    if (this.#outside.has(objectKey(ref))) return;
    const revision = this.#log.next(this.#head);
    const after = stored && withMetadata(stored.body, { resourceVersion: encodeRevision(revision) });
    this.#log.append({ ref, revision, before: bodyOf(before, revision), after });
  }

  #outsideOf(query: ViewQuery): VisibleObject[] {
    const objects: VisibleObject[] = [];
    for (const object of this.#outside.values()) {
      if (isListed(refOf(object), query, undefined)) objects.push(this.#showOutside(object));
    }
    return objects;
  }

  #showOutside(object: SourceObject): VisibleObject {
    const ref = refOf(object);
    const revision = this.#log.revisionOf(ref);
    return { ref, body: bodyOf(object, revision), owner: object, stored: undefined };
  }
}

function show(stored: StoredObject): VisibleObject {
  return { ref: stored.ref, body: bodyOfStored(stored), owner: undefined, stored };
}

/** The body of a stored object as clients see it. */
export function bodyOfStored({ body, revision }: StoredObject): JsonObject {
  return withMetadata(body, { resourceVersion: storedRevision(revision) });
}

function ofStore({ ref, cursor, object, previous }: StoreEvent): ViewEvent {
  return {
    ref,
    revision: { store: cursor, overlay: 0 },
    before: previous && bodyOfStored(previous),
    after: object && bodyOfStored(object),
  };
}

/** Files give objects no identity and no age; the identity is made from what names the object, so that it stays. */
function bodyOf(object: SourceObject, revision: Revision): JsonObject {
  return withMetadata(object.body, {
    name: object.name,
    ...(object.namespace === "" ? {} : { namespace: object.namespace }),
    uid: object.uid === "" ? identityOf(object) : object.uid,
    generation: object.generation,
    ...(object.creationTimestamp === "" ? {} : { creationTimestamp: object.creationTimestamp }),
    resourceVersion: encodeRevision(revision),
  });
}

function withMetadata(body: JsonObject, metadata: JsonObject): JsonObject {
  return { ...body, metadata: { ...objectAt(body, "metadata"), ...metadata } };
}

/** A UUID of version 8 (RFC 9562: own construction). */
function identityOf(object: SourceObject): string {
  const hash = createHash("sha256")
    .update(`${object.source}\n${objectKey(refOf(object))}`)
    .digest("hex");
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `a${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}

/** Whether an object belongs to the page that begins after `query.after` and ends with `last`. */
function isListed(ref: ObjectRef, { kind, namespace, after }: ViewQuery, last: ListPosition | undefined): boolean {
  if (ref.kind !== kind.kind || ref.group !== kind.group) return false;
  if (namespace !== undefined && ref.namespace !== namespace) return false;
  if (after !== undefined && comparePositions(ref, after) <= 0) return false;
  return last === undefined || comparePositions(ref, last) <= 0;
}

/** The order of lists: namespace, name, scope, by code point as the store does. */
function comparePositions(a: ListPosition, b: ListPosition): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.scope, b.scope);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
