import type { ResourceType } from "../../xds/resource.ts";

/** The name that subscribes to everything there is of a type. */
const everything = "*";

/** What a request did to a subscription. */
export interface SubscriptionChange {
  /** Names that the client asked for and must be answered about, changed or not. */
  readonly asked: readonly string[];
  /** Names the client gave up; it drops what it has of them unless its wildcard still covers them. */
  readonly dropped: readonly string[];
  /** The client asked for everything from now on. */
  readonly becameWildcard: boolean;
  /** The client no longer asks for everything. */
  readonly lostWildcard: boolean;
}

/** What one client wants of one type. */
export class Subscription {
  readonly #type: ResourceType;
  readonly #names = new Set<string>();
  #requested = false;
  #wildcard = false;
  /** The wildcard comes from a request without names; state-of-the-world clients end it by naming something. */
  #implicit = false;

  constructor(type: ResourceType) {
    this.#type = type;
  }

  /** Whether the client has sent any request for the type. */
  get requested(): boolean {
    return this.#requested;
  }

  get wildcard(): boolean {
    return this.#wildcard;
  }

  /** Names asked for one by one. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  covers(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  /** The delta variant: names come and go one by one. */
  update(subscribe: readonly string[], unsubscribe: readonly string[]): SubscriptionChange {
    const wasWildcard = this.#wildcard;
    const first = !this.#requested;
    this.#requested = true;
    if (first && subscribe.length === 0 && mayOmitNames(this.#type)) this.#wildcard = true;

    const dropped: string[] = [];
    for (const name of unsubscribe) {
      if (name === everything) this.#wildcard = false;
      else if (this.#names.delete(name) || this.#wildcard) dropped.push(name);
    }
    const asked: string[] = [];
    for (const name of subscribe) {
      if (name === everything) this.#wildcard = true;
      else if (name !== "") {
        this.#names.add(name);
        asked.push(name);
      }
    }
    return this.#change(wasWildcard, asked, dropped);
  }

  /** The state-of-the-world variant: each request lists all names. */
  replace(names: readonly string[]): SubscriptionChange {
    const wasWildcard = this.#wildcard;
    const first = !this.#requested;
    this.#requested = true;
    if (names.length === 0 && mayOmitNames(this.#type) && (first || this.#implicit)) {
      this.#implicit = true;
      this.#wildcard = true;
      return this.#change(wasWildcard, [], []);
    }
    this.#implicit = false;
    this.#wildcard = names.includes(everything);
    const wanted = new Set(names.filter((name) => name !== everything && name !== ""));
    const dropped = [...this.#names].filter((name) => !wanted.has(name));
    const asked = [...wanted].filter((name) => !this.#names.has(name));
    for (const name of dropped) this.#names.delete(name);
    for (const name of asked) this.#names.add(name);
    return this.#change(wasWildcard, asked, dropped);
  }

  #change(wasWildcard: boolean, asked: readonly string[], dropped: readonly string[]): SubscriptionChange {
    return {
      asked,
      dropped,
      becameWildcard: this.#wildcard && !wasWildcard,
      lostWildcard: wasWildcard && !this.#wildcard,
    };
  }
}

/** xDS protocol, "Wildcard": a first request without names means everything, for these two types only. */
function mayOmitNames(type: ResourceType): boolean {
  return type === "cluster" || type === "listener";
}
