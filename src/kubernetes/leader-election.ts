import type { Json } from "../model/source-object.ts";
import type { KubernetesAnswer, KubernetesClient, KubernetesRequest } from "./client.ts";
import { type LeaseRecord, readLease, writeLease } from "./lease-record.ts";

/** Time as leader election needs it. */
export interface ElectionClock {
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  /** What is written into the Lease, for people. */
  readonly now: () => Date;
  /** Calls `run` once after `ms`; the result takes that back. */
  readonly setTimer: (run: () => void, ms: number) => () => void;
}

export const systemElectionClock: ElectionClock = {
  monotonic: () => performance.now(),
  now: () => new Date(),
  setTimer: (run, ms) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export interface ElectionTiming {
  /** How long the others leave a silent leader in office, in whole seconds' worth of milliseconds. */
  readonly leaseMs: number;
  /** How often the leader renews. */
  readonly renewEveryMs: number;
  /** A leader that could not renew for so long leaves office; well before the others may take it. */
  readonly renewWithinMs: number;
  /** How often the others look at the Lease. */
  readonly lookEveryMs: number;
}

/** A leader that dies is seen alive for the last time up to `lookEveryMs` later: it is replaced within 9 s and two requests. */
export const defaultTiming: ElectionTiming = {
  leaseMs: 8_000,
  renewEveryMs: 2_000,
  renewWithinMs: 6_000,
  lookEveryMs: 1_000,
};

export interface LeaderElectionOptions {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process and this start of it: another process of the same identity would be taken for this one. */
  readonly identity: string;
  readonly clock?: ElectionClock;
  readonly timing?: ElectionTiming;
  /** Told once when the Lease cannot be read or written, and not again before it could be. */
  readonly onProblem: (message: string) => void;
}

export interface LeadershipListener {
  /** This process leads from now on until `term` is aborted; whatever is written on behalf of the leader carries this signal. */
  gained(term: AbortSignal): void;
  lost?(): void;
}

/** Who of several replicas does what only one may do. */
export interface Leadership {
  /** The signal of the current term; undefined while another process leads, or none. */
  term(): AbortSignal | undefined;
  /** Tells `listener` of every change, and at once where this process leads. The result ends that. */
  follow(listener: LeadershipListener): () => void;
}

/**
 * Elects one leader among replicas through a Lease. Two replicas never lead at once as long as their clocks run equally fast: a leader counts its time
 * from before its last successful renewal was sent, the others count from when they saw that renewal, each on its own clock.
 */
export class LeaderElection implements Leadership {
  readonly #options: LeaderElectionOptions;
  readonly #clock: ElectionClock;
  readonly #timing: ElectionTiming;
  readonly #listeners = new Set<LeadershipListener>();
  #term: AbortController | undefined;
  /** Until when this process may lead; only meaningful within a term. */
  #until = 0;
  #acquired = new Date(0);
  /** The Lease as last seen, and when what it said was seen first. */
  #seen: { readonly record: LeaseRecord; readonly since: number } | undefined;
  #cancelRound: (() => void) | undefined;
  #cancelDeadline: (() => void) | undefined;
  #round: Promise<void> = Promise.resolve();
  #closing = false;
  #troubled = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemElectionClock;
    this.#timing = options.timing ?? defaultTiming;
  }

  /** Begins to stand for election; does not wait for an outcome. */
  start(): void {
    this.#runRound();
  }

  term(): AbortSignal | undefined {
    // A process that was stopped for a while asks before its timers have run.
    if (this.#term !== undefined && this.#clock.monotonic() >= this.#until) this.#leave();
    return this.#term?.signal;
  }

  /** Who leads according to the Lease as last seen; undefined for nobody. */
  holder(): string | undefined {
    const holder = this.#seen?.record.holder;
    return holder === "" ? undefined : holder;
  }

  follow(listener: LeadershipListener): () => void {
    this.#listeners.add(listener);
    const term = this.term();
    if (term !== undefined) listener.gained(term);
    return () => this.#listeners.delete(listener);
  }

  /** Leaves office and gives the Lease back, so that another replica need not wait for its end. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#cancelRound?.();
    await this.#round;
    this.#leave();
    const record = this.#seen?.record;
    // Best effort: where it fails, the others wait for the end of the lease.
    if (record?.holder === this.#options.identity) await this.#write("", record).catch(() => undefined);
  }

  #runRound(): void {
    this.#cancelRound = undefined;
    this.#round = this.#tryOnce()
      .then(() => {
        this.#troubled = false;
      })
      .catch((error: unknown) => this.#problem(error instanceof Error ? error.message : String(error)))
      .then(() => {
        if (this.#closing) return;
        this.#cancelRound = this.#clock.setTimer(() => this.#runRound(), this.#pause());
      });
  }

  /** Until the next round: exactly when the Lease of a silent leader ends, if that comes before the next look. */
  #pause(): number {
    if (this.term() !== undefined) return this.#timing.renewEveryMs;
    if (this.#seen === undefined || this.#seen.record.holder === "") return this.#timing.lookEveryMs;
    const left = this.#seen.since + this.#seen.record.durationMs - this.#clock.monotonic();
    return left > 0 ? Math.min(left, this.#timing.lookEveryMs) : this.#timing.lookEveryMs;
  }

  async #tryOnce(): Promise<void> {
    const { identity } = this.#options;
    // The leader knows what it wrote last: it renews without reading, and a refusal tells it that somebody else wrote.
    if (this.term() !== undefined && this.#seen !== undefined) {
      if (await this.#claim(this.#seen.record)) return;
    }
    const found = await this.#read();
    if (found !== undefined && found.holder !== "" && found.holder !== identity) {
      this.#leave();
      if (this.#isAlive(found)) return;
    }
    await this.#claim(found);
  }

  /** Whether the holder still has time, counted from when its last sign of life was seen here. */
  #isAlive(record: LeaseRecord): boolean {
    return this.#seen !== undefined && this.#clock.monotonic() < this.#seen.since + record.durationMs;
  }

  async #read(): Promise<LeaseRecord | undefined> {
    const answer = await this.#request({ method: "GET", path: this.#path(true) });
    if (answer.status === 404) {
      this.#seen = undefined;
      return undefined;
    }
    if (answer.status !== 200) throw new Error(`reading the Lease was answered ${describe(answer)}`);
    return this.#see(answer.body);
  }

  #see(body: Json): LeaseRecord {
    const record = readLease(body);
    if (record === undefined) throw new Error("what should be a Lease is none");
    const last = this.#seen?.record;
    const isNews = last === undefined || last.holder !== record.holder || last.renewTime !== record.renewTime;
    this.#seen = { record, since: isNews ? this.#clock.monotonic() : (this.#seen?.since ?? 0) };
    return record;
  }

  /** Takes or renews the Lease; false if somebody else wrote in between. */
  async #claim(current: LeaseRecord | undefined): Promise<boolean> {
    const sentAt = this.#clock.monotonic();
    const answer = await this.#write(this.#options.identity, current);
    // There is no Lease any more; where there was none, its namespace is missing.
    const isGone = answer.status === 404 && current !== undefined;
    if (answer.status === 409 || isGone) return false;
    if (answer.status !== 200 && answer.status !== 201) {
      throw new Error(`writing the Lease was answered ${describe(answer)}`);
    }
    this.#see(answer.body);
    if (!this.#closing) this.#lead(sentAt);
    return true;
  }

  #write(holder: string, current: LeaseRecord | undefined): Promise<KubernetesAnswer> {
    const { namespace, name, identity } = this.#options;
    const now = this.#clock.now();
    if (current?.holder !== identity) this.#acquired = now;
    const changesHands = current !== undefined && holder !== "" && current.holder !== holder;
    const body = writeLease({
      namespace,
      name,
      holder,
      durationMs: holder === "" ? 1000 : this.#timing.leaseMs,
      now,
      acquired: this.#acquired,
      transitions: (current?.transitions ?? 0) + (changesHands ? 1 : 0),
      resourceVersion: current?.resourceVersion,
    });
    return current === undefined
      ? this.#request({ method: "POST", path: this.#path(false), body })
      : this.#request({ method: "PUT", path: this.#path(true), body });
  }

  /** A request that takes longer than the time between two renewals is given up, so that there is time for another. */
  async #request(request: KubernetesRequest): Promise<KubernetesAnswer> {
    const patience = new AbortController();
    const cancel = this.#clock.setTimer(
      () => patience.abort(new Error("the API server did not answer in time")),
      this.#timing.renewEveryMs,
    );
    try {
      return await this.#options.client.request({ ...request, signal: patience.signal });
    } finally {
      cancel();
    }
  }

  #lead(sentAt: number): void {
    this.#until = sentAt + this.#timing.renewWithinMs;
    this.#cancelDeadline?.();
    this.#cancelDeadline = this.#clock.setTimer(() => this.term(), this.#until - this.#clock.monotonic());
    if (this.#term !== undefined) return;
    this.#term = new AbortController();
    for (const listener of this.#listeners) listener.gained(this.#term.signal);
  }

  #leave(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    term.abort(new Error("this replica no longer leads"));
    for (const listener of this.#listeners) listener.lost?.();
  }

  #problem(message: string): void {
    if (this.#troubled || this.#closing) return;
    this.#troubled = true;
    this.#options.onProblem(message);
  }

  #path(named: boolean): string {
    const { namespace, name } = this.#options;
    const all = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
    return named ? `${all}/${encodeURIComponent(name)}` : all;
  }
}

function describe({ status, body }: KubernetesAnswer): string {
  const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
  return typeof message === "string" ? `${status}: ${message}` : String(status);
}
