import type { ResourceType, ServedResource } from "../../xds/resource.ts";
import { Gate } from "./gate.ts";
import { Isolation } from "./isolation.ts";
import { Journal } from "./journal.ts";
import { Subscription } from "./subscription.ts";

/** A resource of which only the version is known: the client had it before it connected, and the plan has moved on. */
export interface UnknownForm {
  readonly kind: "unknown";
  readonly version: string;
}

/** What a client has under one name. */
export interface Held {
  readonly form: ServedResource | UnknownForm;
  /** The number of the response that brought it; 0 for what the client had before it connected. */
  readonly sequence: number;
}

export interface Uncertain {
  /** What the client may have, the latest last; undefined stands for a removal. */
  readonly forms: readonly (ServedResource | undefined)[];
  /** The client named what it refused, and the latest of `forms` was not it. */
  readonly isGood: boolean;
}

/** A response that the client has neither taken nor refused. */
export interface Outstanding {
  readonly nonce: string;
  readonly sequence: number;
  /** When it was written, by the server's clock. */
  readonly sentAt: number;
  readonly revision: string;
  /** What it changes for the client; undefined for a removal. */
  readonly items: ReadonlyMap<string, ServedResource | undefined>;
}

/** Everything one stream knows about one resource type. */
export class TypeState {
  readonly type: ResourceType;
  readonly subscription: Subscription;
  readonly gate: Gate;
  readonly isolation = new Isolation();
  /** Of the whole client. */
  readonly journal: Journal;
  /** What the client has acknowledged, or said it had when it connected. */
  readonly held = new Map<string, Held>();
  /**
   * What stood in a response next to something that was refused. Clients apply what is good of such a response without saying so: what the client has
   * under these names is uncertain until it acknowledges them again.
   */
  readonly uncertain = new Map<string, Uncertain>();
  /** Names to be compared with the plan. */
  readonly dirty = new Set<string>();
  /** Names the client must get an answer about even where nothing changed. */
  readonly asked = new Set<string>();
  /** Names that are to go once nothing at the client uses them, with the time since when nothing does. */
  readonly leaving = new Map<string, number | undefined>();
  /** Names of what holds more than the plan says, for routes that are on their way out. */
  readonly shrinking = new Set<string>();
  outstanding: Outstanding | undefined = undefined;
  /** The nonce of the latest response; empty before the first. */
  lastNonce = "";
  /** The client waits for a response even if there is nothing to put into it. */
  answerDue = false;
  /** The client had resources before it connected that it did not list. */
  unlisted = false;
  /** The last error the client refused a response with. */
  lastError: string | undefined = undefined;

  constructor(type: ResourceType, holdMs: number, journal: Journal) {
    this.type = type;
    this.journal = journal;
    this.subscription = new Subscription(type);
    this.gate = new Gate(holdMs);
  }

  /** Nothing is on its way and nothing waits to be sent. Removals that wait for their last use do not count. */
  get settled(): boolean {
    return this.outstanding === undefined && this.dirty.size === 0;
  }

  /** Notes that the plan's resource of this name must be compared with the client's. */
  touch(name: string): void {
    this.journal.note(name);
    if (!this.subscription.covers(name)) return;
    this.leaving.delete(name);
    this.dirty.add(name);
  }

  /** The client must be told about `name`, changed or not. */
  ask(name: string): void {
    if (!this.subscription.covers(name)) return;
    this.asked.add(name);
    this.touch(name);
  }

  /** What was kept for others is not needed any more. */
  touchShrinking(): void {
    for (const name of this.shrinking) this.touch(name);
    this.shrinking.clear();
  }

  /** The client gave up `name` and dropped what it had. */
  forget(name: string): void {
    this.journal.note(name);
    this.held.delete(name);
    this.uncertain.delete(name);
    this.dirty.delete(name);
    this.asked.delete(name);
    this.leaving.delete(name);
    this.shrinking.delete(name);
    this.isolation.forget(name);
  }

  /** What the client has, or may have, or may be about to have. */
  *forms(): Generator<ServedResource | UnknownForm> {
    for (const { form } of this.held.values()) yield form;
    for (const { forms } of this.uncertain.values()) for (const form of forms) if (form !== undefined) yield form;
    for (const form of this.outstanding?.items.values() ?? []) if (form !== undefined) yield form;
  }
}

/** The order in which resources go out, so that nothing arrives before what it names (xDS protocol, "Eventual consistency considerations"). */
export const sendingOrder = ["cluster", "endpoint", "secret", "extension", "listener", "route"] as const;

export interface ClientState extends Readonly<Record<ResourceType, TypeState>> {
  readonly journal: Journal;
}

/** The state of a stream that has asked for nothing yet. */
export function emptyClientState(holdMs: number): ClientState {
  const journal = new Journal();
  return {
    journal,
    cluster: new TypeState("cluster", holdMs, journal),
    endpoint: new TypeState("endpoint", holdMs, journal),
    secret: new TypeState("secret", holdMs, journal),
    extension: new TypeState("extension", holdMs, journal),
    listener: new TypeState("listener", holdMs, journal),
    route: new TypeState("route", holdMs, journal),
  };
}
