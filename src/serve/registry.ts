import type { Requirement } from "../xds/requirements.ts";
import { type ResourceType, typeUrls } from "../xds/resource.ts";

/** One proxy's stream, as it is now. */
export interface ConnectedProxy {
  /** Counts streams since the start of the server; a proxy that reconnects gets a new one. */
  readonly connection: number;
  readonly nodeId: string;
  readonly proxyClass: string;
  /** What the proxy says it is: "envoy 1.40.0". */
  readonly agent: string;
  readonly variant: "delta" | "state-of-the-world";
  /** "local socket" or the peer's address. */
  readonly peer: string;
  readonly connectedSince: Date;
  /** The proxy acknowledged everything that the plan holds for it, and refused nothing of it. */
  synced(): boolean;
  /** The latest revision of the configuration that the proxy acknowledged in full; undefined before the first. */
  acknowledgedRevision(): string | undefined;
  /** What the proxy asked for so far, by type. */
  types(): ReadonlyMap<ResourceType, TypeStatus>;
  /**
   * Sends once more what the proxy refused of these resources, although its content is the same: for refusals whose cause lies outside, such as an
   * address that was in use.
   */
  retryRefused(type: ResourceType, names: ReadonlySet<string>): void;
  /** Every resource of `type` the proxy has, is being sent or refused. */
  resources(type: ResourceType): readonly ResourceStatus[];
}

export interface TypeStatus {
  /** Everything there is, or so many names. */
  readonly subscribed: "all" | number;
  readonly acknowledged: number;
  /** Resources that are on their way or wait to be sent. */
  readonly pending: number;
  /** How long the response on its way has been unanswered, in milliseconds. */
  readonly unansweredMs: number | undefined;
  readonly refused: readonly RefusedUnit[];
  /** Envoy's words about the latest response it refused, until it takes one of the type. */
  readonly lastError: string | undefined;
}

export interface ResourceStatus {
  readonly name: string;
  /** What the proxy has; undefined where it has nothing of this name yet. */
  readonly acknowledged: string | undefined;
  /** What is on its way; undefined where nothing is. */
  readonly sent: string | undefined;
  readonly state: "acknowledged" | "sent" | "waiting" | "refused";
}

/** A resource, or a virtual host of one, that the proxy refused; it keeps what it had until the content changes. */
export interface RefusedUnit {
  readonly resource: string;
  /** The virtual host, in a route table; "" for what the table consists of besides its hosts. */
  readonly host?: string;
  readonly version: string;
}

export interface SentResource {
  readonly name: string;
  /** Undefined for a removal. */
  readonly version: string | undefined;
}

export interface ProxyResponse {
  readonly type: ResourceType;
  readonly nonce: string;
  readonly revision: string;
  readonly resources: readonly SentResource[];
}

export interface ProxyRefusal extends ProxyResponse {
  /** The proxy's own words. */
  readonly message: string;
  /** What it refuses; empty while several resources are still suspected and are tried one after the other. */
  readonly culprits: readonly RefusedUnit[];
}

/** A resource or virtual host went out although something it requires was missing for too long. */
export interface ForcedRelease {
  readonly type: ResourceType;
  readonly resource: string;
  readonly host?: string;
  readonly missing: readonly Requirement[];
}

export interface ProxyListener {
  connected?(proxy: ConnectedProxy): void;
  disconnected?(proxy: ConnectedProxy): void;
  acknowledged?(proxy: ConnectedProxy, response: ProxyResponse): void;
  refused?(proxy: ConnectedProxy, refusal: ProxyRefusal): void;
  forcedRelease?(proxy: ConnectedProxy, release: ForcedRelease): void;
  /** The proxy has acknowledged all of a revision. */
  settled?(proxy: ConnectedProxy, revision: string): void;
}

/** Counted since the start of the server, by resource type. */
export interface TypeCounters {
  responses: number;
  resources: number;
  acknowledged: number;
  refused: number;
  forcedReleases: number;
}

/** Who is connected, what each has acknowledged, and who wants to hear of it. */
export class ProxyRegistry {
  readonly #proxies = new Map<number, ConnectedProxy>();
  readonly #listeners = new Set<ProxyListener>();
  readonly #counters = new Map<ResourceType, TypeCounters>();
  bytesSent = 0;
  /** Time spent on what proxies sent, in milliseconds since the start: reading it, deciding, writing the answer. */
  workMs = 0;

  constructor() {
    for (const type of resourceTypes) {
      this.#counters.set(type, { responses: 0, resources: 0, acknowledged: 0, refused: 0, forcedReleases: 0 });
    }
  }

  /** In the order in which they connected. */
  list(): readonly ConnectedProxy[] {
    return [...this.#proxies.values()];
  }

  /** The latest stream of each node of that name; several where instances share a name. */
  byNode(nodeId: string): readonly ConnectedProxy[] {
    return this.list().filter((proxy) => proxy.nodeId === nodeId);
  }

  /** Calls `listener` about everything from now on; the result ends that. Listeners must not throw. */
  subscribe(listener: ProxyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  counters(type: ResourceType): Readonly<TypeCounters> {
    return this.#count(type);
  }

  connect(proxy: ConnectedProxy): void {
    this.#proxies.set(proxy.connection, proxy);
    for (const listener of this.#listeners) listener.connected?.(proxy);
  }

  disconnect(proxy: ConnectedProxy): void {
    if (!this.#proxies.delete(proxy.connection)) return;
    for (const listener of this.#listeners) listener.disconnected?.(proxy);
  }

  sent(type: ResourceType, resources: number, bytes: number): void {
    const count = this.#count(type);
    count.responses++;
    count.resources += resources;
    this.bytesSent += bytes;
  }

  acknowledge(proxy: ConnectedProxy, type: ResourceType, describe: () => ProxyResponse): void {
    this.#count(type).acknowledged++;
    this.#tell(describe, (listener, response) => listener.acknowledged?.(proxy, response));
  }

  refuse(proxy: ConnectedProxy, refusal: ProxyRefusal): void {
    this.#count(refusal.type).refused++;
    for (const listener of this.#listeners) listener.refused?.(proxy, refusal);
  }

  force(proxy: ConnectedProxy, release: ForcedRelease): void {
    this.#count(release.type).forcedReleases++;
    for (const listener of this.#listeners) listener.forcedRelease?.(proxy, release);
  }

  settle(proxy: ConnectedProxy, revision: string): void {
    for (const listener of this.#listeners) listener.settled?.(proxy, revision);
  }

  /** Builds the event only where somebody listens. */
  #tell<Event>(describe: () => Event, tell: (listener: ProxyListener, event: Event) => void): void {
    if (this.#listeners.size === 0) return;
    const event = describe();
    for (const listener of this.#listeners) tell(listener, event);
  }

  #count(type: ResourceType): TypeCounters {
    const count = this.#counters.get(type);
    if (count === undefined) throw new Error(`no counters for ${type}`);
    return count;
  }
}

export const resourceTypes: readonly ResourceType[] = [
  "cluster",
  "endpoint",
  "secret",
  "extension",
  "listener",
  "route",
];

/** The served type that `typeUrl` names. */
export function servedType(typeUrl: string): ResourceType | undefined {
  return resourceTypes.find((type) => typeUrls[type] === typeUrl);
}
