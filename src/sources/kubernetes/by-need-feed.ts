import { objectKey } from "../../model/source-object.ts";
import type { Feed } from "./kind-feed.ts";
import type { WatchedKind } from "./options.ts";
import { byName, type Room, Scope } from "./scope.ts";

/** So many objects of a namespace are watched one by one, a connection each; with more of them, the namespace is. */
const SINGLE_WATCHES = 8;

/** A watch of a whole namespace. */
interface WholeWatch {
  /** The names that count in it; what else it lists has not been kept, so a name that left cannot come back. */
  readonly names: Set<string>;
  readonly scope: Scope;
}

interface NamespaceWatch {
  readonly singles: Map<string, Scope>;
  whole: WholeWatch | undefined;
  /** The one to take its place, with more names. */
  next: WholeWatch | undefined;
}

/**
 * Of a kind with many objects that are none of Weir's business, and better not read, only those that are wanted. What a namespace
 * holds beyond them is not kept even where the whole namespace is watched.
 */
export class ByNeedFeed implements Feed {
  readonly kind: WatchedKind;
  readonly #room: Room;
  readonly #query: Readonly<Record<string, string>>;
  /** By namespace. */
  #wanted: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  readonly #watches = new Map<string, NamespaceWatch>();
  #version: string | undefined;
  #isChosen = false;

  /** @param query narrows what is read of a whole namespace. */
  constructor(room: Room, kind: WatchedKind, query: Readonly<Record<string, string>>) {
    this.#room = room;
    this.kind = kind;
    this.#query = query;
  }

  get version(): string | undefined {
    return this.#version;
  }

  get isSynced(): boolean {
    return this.#isChosen && [...this.scopes()].every((scope) => scope.isSynced);
  }

  *scopes(): Iterable<Scope> {
    for (const { singles, whole, next } of this.#watches.values()) {
      yield* singles.values();
      if (whole !== undefined) yield whole.scope;
      if (next !== undefined) yield next.scope;
    }
  }

  choose(version: string | undefined): void {
    this.#isChosen = true;
    this.#version = version;
    for (const scope of this.scopes()) void scope.drop();
    this.#watches.clear();
    this.#follow();
  }

  want(wanted: ReadonlyMap<string, ReadonlySet<string>>): void {
    this.#wanted = wanted;
    this.#follow();
  }

  async close(): Promise<void> {
    await Promise.all([...this.scopes()].map((scope) => scope.close()));
  }

  #follow(): void {
    if (this.#version === undefined) return;
    for (const [namespace, watch] of this.#watches) {
      if (this.#wanted.has(namespace)) continue;
      this.#watches.delete(namespace);
      for (const scope of scopesOf(watch)) void scope.drop();
    }
    for (const [namespace, names] of this.#wanted) this.#followNamespace(namespace, names, this.#version);
    this.#room.progressed();
  }

  #followNamespace(namespace: string, names: ReadonlySet<string>, version: string): void {
    const watch = this.#watches.get(namespace) ?? { singles: new Map(), whole: undefined, next: undefined };
    this.#watches.set(namespace, watch);
    const { singles, whole, next } = watch;
    for (const [name, scope] of singles) {
      if (names.has(name)) continue;
      singles.delete(name);
      void scope.drop();
    }
    for (const covering of [whole, next]) {
      if (covering === undefined) continue;
      for (const name of covering.names) {
        if (names.has(name)) continue;
        covering.names.delete(name);
        covering.scope.forget(this.#key(namespace, name));
      }
    }
    const isCovered = (name: string): boolean =>
      singles.has(name) || whole?.names.has(name) === true || next?.names.has(name) === true;
    const uncovered = [...names].filter((name) => !isCovered(name));
    if (singles.size + uncovered.length > SINGLE_WATCHES && next === undefined) {
      this.#watchWhole(namespace, watch, names, version);
      return;
    }
    for (const name of uncovered) {
      const scope = new Scope(this.#room, {
        kind: this.kind,
        version,
        namespace,
        query: byName(name),
        synced: () => {},
      });
      singles.set(name, scope);
    }
  }

  /** Watches the namespace for these names; whatever watched them before goes on until everything has been listed. */
  #watchWhole(namespace: string, watch: NamespaceWatch, names: ReadonlySet<string>, version: string): void {
    const covered = new Set(names);
    const scope = new Scope(this.#room, {
      kind: this.kind,
      version,
      namespace,
      query: this.#query,
      counts: (name) => covered.has(name),
      synced: () => {
        for (const [name, single] of watch.singles) {
          if (!covered.has(name)) continue;
          watch.singles.delete(name);
          void single.drop();
        }
        void watch.whole?.scope.drop();
        watch.whole = watch.next;
        watch.next = undefined;
        // What came to be wanted meanwhile may be too much to be watched one by one.
        if (watch.singles.size > SINGLE_WATCHES) this.#follow();
      },
    });
    watch.next = { names: covered, scope };
  }

  #key(namespace: string, name: string): string {
    const { group, kind } = this.kind;
    return objectKey({ group, kind, namespace, name, scope: "" });
  }
}

function* scopesOf({ singles, whole, next }: NamespaceWatch): Iterable<Scope> {
  yield* singles.values();
  if (whole !== undefined) yield whole.scope;
  if (next !== undefined) yield next.scope;
}
