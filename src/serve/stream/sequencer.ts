import type { PlanSource, ProxyPlan, ResourceType, ServedResource } from "../../xds/resource.ts";
import type { Clock } from "../clock.ts";
import type { TableCache } from "../table/table-cache.ts";
import { compose, type ForcedUnit } from "./compose.ts";
import { nextDeadline } from "./deadlines.ts";
import { Readiness } from "./readiness.ts";
import { takeRefusal } from "./refusal.ts";
import type { SubscriptionChange } from "./subscription.ts";
import {
  type ClientState,
  emptyClientState,
  type Outstanding,
  sendingOrder,
  type TypeState,
  type UnknownForm,
} from "./type-state.ts";
import { partsOf, type Unit } from "./units.ts";
import { awaitedEndpoints, endpointsOf, unfinishedEndpoints } from "./warming.ts";

/** How a protocol variant puts a batch on the wire. */
export interface Wire {
  /** True while the connection takes no more; the sequencer is called again when it does. */
  readonly blocked: boolean;
  /** Whether a response of this variant lists everything the client shall have of `type`, so that absence means removal. */
  listsAll(type: ResourceType): boolean;
  /** Whether a response can say that a resource of `type` is gone. */
  canRemove(type: ResourceType): boolean;
  send(state: TypeState, response: Outstanding): void;
}

/** What happened on a stream, for the registry of proxies, metrics and diagnostics. */
export interface SequencerObserver {
  acknowledged(type: ResourceType, response: Outstanding): void;
  /** `culprits` are parked; while it is empty the search for them goes on. */
  refused(type: ResourceType, response: Outstanding, message: string, culprits: readonly Unit[]): void;
  forced(type: ResourceType, units: readonly ForcedUnit[]): void;
  /** Everything the plan holds for this client has been acknowledged. */
  settled(revision: string): void;
}

export interface SequencerOptions {
  readonly plans: PlanSource;
  readonly proxyClass: string;
  readonly tables: TableCache;
  readonly clock: Clock;
  readonly wire: Wire;
  readonly observer: SequencerObserver;
  readonly limits: SequencerLimits;
  /** Endpoints that the client's previous stream left unacknowledged. */
  readonly owedEndpoints: ReadonlySet<string>;
}

export interface SequencerLimits {
  /** How long a virtual host or resource waits for what it requires. */
  readonly holdMs: number;
  /** How long a resource must have been unused before it is removed. */
  readonly removalGraceMs: number;
  /** Responses are closed once they have this many bytes, where the protocol allows several. */
  readonly responseBytes: number;
}

/** How long a client may take to say what it has. */
const introductionMs = 30_000;

/**
 * Decides what one stream sends next. There is at most one response of each type on its way; what changes meanwhile is sent in its latest
 * form afterwards. Every event (a request, a change of the plan, a connection that takes bytes again, a timer) ends in `flush`.
 */
export class Sequencer {
  readonly client: ClientState;
  /** In the order of sending. */
  readonly #states: readonly TypeState[];
  readonly #options: SequencerOptions;
  #sequence = 0;
  #cancelTimer: (() => void) | undefined;
  #flushing = false;
  #flushAgain = false;
  #closed = false;
  #sawPlan = false;
  readonly #startedAt: number;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.client = emptyClientState(options.limits.holdMs);
    this.#states = sendingOrder.map((type) => this.client[type]);
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
  }

  /** The plan of this stream's proxy class changed. */
  planChanged(changed: ReadonlyMap<ResourceType, ReadonlySet<string>>): void {
    if (!this.#sawPlan) {
      this.planMayHaveAppeared();
      return;
    }
    for (const [type, names] of changed) for (const name of names) this.client[type].touch(name);
    this.flush();
  }

  /** For a stream that has had no plan yet. */
  planMayHaveAppeared(): void {
    if (!this.#sawPlan) this.flush();
  }

  get hasPlan(): boolean {
    return this.#sawPlan;
  }

  /** Takes over what a request changed in what the client wants. `flush` must follow. */
  subscriptionChanged(type: ResourceType, change: SubscriptionChange): void {
    const state = this.client[type];
    for (const name of change.dropped) {
      // xDS protocol, "Unsubscribing From Resources": whether the wildcard still covers the name is answered by sending it or its removal.
      if (state.subscription.covers(name)) state.ask(name);
      else state.forget(name);
    }
    if (change.lostWildcard) {
      const known = new Set([...state.held.keys(), ...state.dirty, ...state.leaving.keys()]);
      for (const name of known) if (!state.subscription.covers(name)) state.forget(name);
    }
    for (const name of change.asked) state.ask(name);
    if (change.becameWildcard) {
      state.answerDue = true;
      this.client.journal.noteEverything();
      for (const name of this.#plan()?.names(type) ?? []) state.touch(name);
    }
  }

  /** The client says what it had before it connected: current versions are not sent again. */
  clientHas(type: ResourceType, versions: Iterable<readonly [string, string]>): void {
    const state = this.client[type];
    const awaited = type === "endpoint" ? awaitedEndpoints(this.client, this.#options.owedEndpoints) : undefined;
    for (const [name, version] of versions) {
      if (!state.subscription.covers(name)) continue;
      state.answerDue = false;
      state.held.set(name, { form: this.#knownForm(type, name, version), sequence: 0 });
      if (awaited?.has(name) !== true) state.asked.delete(name);
      state.touch(name);
    }
  }

  /** What the client has, where it is what the plan has. */
  #knownForm(type: ResourceType, name: string, version: string): ServedResource | UnknownForm {
    const want = this.#plan()?.get(type, name);
    return want?.version === version ? want : { kind: "unknown", version };
  }

  /** Endpoints that the client has asked for, or was to be sent, and has not acknowledged. */
  unfinishedEndpoints(): ReadonlySet<string> {
    return unfinishedEndpoints(this.client, this.#options.owedEndpoints);
  }

  /** The client took the response with this nonce. False if the nonce is not that of the response on its way. */
  acknowledge(type: ResourceType, nonce: string): boolean {
    const state = this.client[type];
    const response = state.outstanding;
    if (response?.nonce !== nonce) return false;
    state.outstanding = undefined;
    for (const [name, form] of response.items) {
      state.uncertain.delete(name);
      this.client.journal.note(name);
      if (form === undefined) state.held.delete(name);
      else if (state.subscription.covers(name)) state.held.set(name, { form, sequence: response.sequence });
    }
    state.isolation.next();
    if (!state.isolation.searching) state.lastError = undefined;
    this.#options.observer.acknowledged(type, response);
    return true;
  }

  /** The client refused the response with this nonce. False if the nonce is not that of the response on its way. */
  refuse(type: ResourceType, nonce: string, message: string): boolean {
    const state = this.client[type];
    const response = state.outstanding;
    if (response?.nonce !== nonce) return false;
    state.outstanding = undefined;
    state.lastError = message;
    const culprits = takeRefusal(state, response, message);
    this.#options.observer.refused(type, response, message, culprits);
    return true;
  }

  /** Gives the client another chance to take what it refused of these resources. */
  retryRefused(type: ResourceType, names: ReadonlySet<string>): void {
    const state = this.client[type];
    for (const unit of [...state.isolation.parked.keys()]) {
      const { resource } = partsOf(unit);
      if (!names.has(resource)) continue;
      state.isolation.forget(unit);
      state.touch(resource);
    }
    this.flush();
  }

  /** Sends what may be sent now. */
  flush(): void {
    this.#flushAgain = true;
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      while (this.#flushAgain && !this.#closed) {
        this.#flushAgain = false;
        this.#flushOnce();
      }
    } finally {
      this.#flushing = false;
    }
  }

  /**
   * Looks at the clock once: were the timer set by a later look than what waits was judged by, a wait that ended between the two would be taken for one
   * that has been judged, and nothing would wake it again.
   */
  #flushOnce(): void {
    const plan = this.#plan();
    if (plan === undefined) return;
    const now = this.#options.clock.now();
    if (!this.#sawPlan) this.#startWith(plan);
    for (const { gate, type } of this.#states) {
      if (gate.isWaiting) gate.forgetReady(new Readiness(this.client, plan, type, this.#options.tables.dependencies));
    }
    for (const state of this.#states) {
      if (this.#options.wire.blocked) return;
      if (state.outstanding === undefined && hasWork(state)) this.#sendNext(state, plan, now);
    }
    this.#setTimer(now);
    if (this.#states.every((state) => state.settled)) {
      this.#options.observer.settled(this.#options.plans.revision());
    }
  }

  #sendNext(state: TypeState, plan: ProxyPlan, now: number): void {
    const { limits, plans, tables, wire, observer } = this.#options;
    const { type } = state;
    const batch = compose(
      {
        client: this.client,
        plan,
        tables,
        now,
        softLimitBytes: wire.listsAll(type) || type === "listener" ? Number.POSITIVE_INFINITY : limits.responseBytes,
        removalGraceMs: limits.removalGraceMs,
        canRemove: wire.canRemove(type),
        mayHaveMore: this.#mayHaveMore(now),
      },
      state,
    );
    if (batch.learned) this.#flushAgain = true;
    if (batch.items.size === 0 && !(state.answerDue && state.dirty.size === 0)) return;
    state.answerDue = false;

    const sequence = ++this.#sequence;
    const response = { nonce: String(sequence), sequence, sentAt: now, revision: plans.revision(), items: batch.items };
    state.outstanding = response;
    state.lastNonce = response.nonce;
    wire.send(state, response);
    if (type === "cluster") this.#askForEndpoints(batch.items.values());
    if (batch.forced.length > 0) observer.forced(type, batch.forced);
  }

  /**
   * A client that reconnects says what it has type by type: until it has said which listeners and routes it has, what it had before may still be in
   * use. One without any routes never says so.
   */
  #mayHaveMore(now: number): boolean {
    const { listener, route } = this.client;
    const isComplete = listener.subscription.requested && route.subscription.requested;
    return !isComplete && now < this.#startedAt + introductionMs;
  }

  /**
   * Envoy warms a new or changed cluster with the next endpoints it receives, and does not ask for those it already watches: they
   * follow each cluster unasked.
   */
  #askForEndpoints(clusters: Iterable<ServedResource | undefined>): void {
    for (const name of endpointsOf(clusters)) this.client.endpoint.ask(name);
  }

  #startWith(plan: ProxyPlan): void {
    this.#sawPlan = true;
    for (const state of this.#states) {
      const { type } = state;
      for (const [name, { form, sequence }] of state.held) {
        state.held.set(name, { form: this.#knownForm(type, name, form.version), sequence });
      }
      if (!state.subscription.wildcard) continue;
      for (const name of plan.names(type)) state.touch(name);
    }
  }

  #plan(): ProxyPlan | undefined {
    return this.#options.plans.plan(this.#options.proxyClass);
  }

  #setTimer(now: number): void {
    this.#cancelTimer?.();
    const { clock, limits } = this.#options;
    const introducedAt = this.#mayHaveMore(now) ? this.#startedAt + introductionMs : undefined;
    const next = nextDeadline(this.#states, now, limits.removalGraceMs, introducedAt);
    this.#cancelTimer = next === undefined ? undefined : clock.after(Math.max(1, next - now), () => this.flush());
  }
}

function hasWork(state: TypeState): boolean {
  return state.dirty.size > 0 || state.leaving.size > 0 || state.shrinking.size > 0 || state.answerDue;
}
