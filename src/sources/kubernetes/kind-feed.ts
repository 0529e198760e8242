import type { WatchedKind } from "./options.ts";
import { byName, type Room, Scope } from "./scope.ts";

/** What the source asks of one kind, however it is watched. */
export interface Feed {
  readonly kind: WatchedKind;
  /** The version to watch; undefined where the server does not serve the kind, and then there are no objects. */
  choose(version: string | undefined): void;
  readonly version: string | undefined;
  /** Whether everything that is to be there has been listed once. */
  readonly isSynced: boolean;
  scopes(): Iterable<Scope>;
  close(): Promise<void>;
}

export interface KindFeedOptions {
  readonly kind: WatchedKind;
  /** All where empty. */
  readonly namespaces: readonly string[];
  readonly labelSelector: string | undefined;
}

/** All objects of one kind, in all namespaces or in those given. */
export class KindFeed implements Feed {
  readonly kind: WatchedKind;
  readonly #room: Room;
  readonly #options: KindFeedOptions;
  #version: string | undefined;
  #isChosen = false;
  #scopes: readonly Scope[] = [];
  /** Those of the version before, until the ones above have listed everything. */
  #former: readonly Scope[] = [];

  constructor(room: Room, options: KindFeedOptions) {
    this.#room = room;
    this.#options = options;
    this.kind = options.kind;
  }

  get version(): string | undefined {
    return this.#version;
  }

  get isSynced(): boolean {
    return this.#isChosen && this.#scopes.every((scope) => scope.isSynced);
  }

  *scopes(): Iterable<Scope> {
    yield* this.#scopes;
    yield* this.#former;
  }

  choose(version: string | undefined): void {
    this.#isChosen = true;
    this.#version = version;
    const former = [...this.scopes()];
    this.#former = former;
    this.#scopes = version === undefined ? [] : this.#scopesOf(version);
    this.#retire();
  }

  async close(): Promise<void> {
    await Promise.all([...this.scopes()].map((scope) => scope.close()));
  }

  #scopesOf(version: string): readonly Scope[] {
    const { kind, namespaces, labelSelector } = this.#options;
    const base = { kind, version, synced: () => this.#retire() };
    const query = labelSelector === undefined ? {} : { labelSelector };
    if (namespaces.length === 0) return [new Scope(this.#room, { ...base, namespace: undefined, query })];
    if (kind.namespaced) return namespaces.map((namespace) => new Scope(this.#room, { ...base, namespace, query }));
    // Of namespaces, those that are read; of everything else without a namespace, all.
    const isNamespace = kind.group === "" && kind.plural === "namespaces";
    const queries = isNamespace ? namespaces.map((name) => ({ ...query, ...byName(name) })) : [query];
    return queries.map((each) => new Scope(this.#room, { ...base, namespace: undefined, query: each }));
  }

  #retire(): void {
    if (!this.#scopes.every((scope) => scope.isSynced)) return;
    for (const scope of this.#former) void scope.drop();
    this.#former = [];
    this.#room.progressed();
  }
}
