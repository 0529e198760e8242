import { ApiServerError } from "../../kubernetes/api-server-error.ts";
import { Backoff } from "../../kubernetes/backoff.ts";
import type { KubernetesAnswer, KubernetesClient } from "../../kubernetes/client.ts";
import { type Clock, pause } from "../../kubernetes/clock.ts";
import { microTime } from "../../kubernetes/micro-time.ts";
import { numberAt, textAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { type EventReporter, eventOf, type Occurrence } from "./diagnostic-event.ts";
import { TokenBucket, type TokenRate } from "./token-bucket.ts";

export interface EventRecorderOptions {
  readonly client: Pick<KubernetesClient, "request">;
  readonly clock: Clock;
  readonly reporter: EventReporter;
  /** While it is not aborted, this replica may write. */
  readonly term: AbortSignal;
  /** Told why Events cannot be written, once until they can be. */
  readonly onProblem: (problem: string) => void;
  readonly rates?: EventRates;
}

export interface EventRates {
  /** What goes beyond it waits. */
  readonly total: TokenRate;
  /** What goes beyond it is not told until it is told again in any case. */
  readonly perObject: TokenRate;
}

/** The rates of client-go's recorders: 25 Events of an object at once and one every 5 minutes after; all together no more than a server hardly notices. */
export const defaultEventRates: EventRates = {
  total: { capacity: 50, refillMs: 100 },
  perObject: { capacity: 25, refillMs: 300_000 },
};

/**
 * API servers forget Events after an hour. What is still the case is told again before that, counted from the last time; half of it, so that a leader
 * that takes over and does not know that time is early enough too.
 */
export const TELL_AGAIN_MS = 25 * 60_000;

/** Objects whose rate is remembered; those for which most time has passed are forgotten, since their buckets are the fullest. */
const REMEMBERED_OBJECTS = 1000;

const mergePatch = "application/merge-patch+json";

interface Told {
  readonly object: string;
  readonly occurrence: Occurrence;
  /** How often it has been told; undefined while that is not known. */
  times: number | undefined;
  /** Whether an earlier leader may have told it: then an Event that exists is left as it is. */
  mayBeTold: boolean;
  /** Whether it could not be told and is tried again, which counts once. */
  isRepeated: boolean;
}

/**
 * Tells what is the case with objects as Events, for one term of the leader: one Event for each thing, whose series counts how often it was told.
 * Writes one at a time, at a limited rate, and never waits for anything else.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #rates: EventRates;
  readonly #total: TokenBucket;
  readonly #perObject = new Map<string, TokenBucket>();
  /** What is the case, by object and by the name of the Event. */
  readonly #current = new Map<string, Map<string, Told>>();
  readonly #queue = new Set<Told>();
  /** When each was told last, the one that waits longest first. */
  readonly #toldAt = new Map<Told, number>();
  #cancelAgain: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #problem: string | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#rates = options.rates ?? defaultEventRates;
    this.#total = new TokenBucket(this.#rates.total, options.clock.now());
    options.term.addEventListener("abort", () => this.#end());
  }

  /**
   * Says all that is the case with an object now; what is not mentioned any more is over, and told again when it comes back.
   * @param object its `objectKey`.
   * @param mayBeTold whether an earlier leader may have told it.
   */
  set(object: string, occurrences: readonly Occurrence[], mayBeTold: boolean): void {
    const before = this.#current.get(object);
    const next = new Map<string, Told>();
    for (const occurrence of occurrences) {
      const { name } = occurrence;
      const known = before?.get(name);
      const told = known ?? { object, occurrence, times: undefined, mayBeTold, isRepeated: false };
      next.set(name, told);
      if (known === undefined) this.#queue.add(told);
    }
    for (const [name, told] of before ?? []) if (!next.has(name)) this.#forget(told);
    if (next.size === 0) this.#current.delete(object);
    else this.#current.set(object, next);
    this.#start();
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  #end(): void {
    this.#queue.clear();
    this.#current.clear();
    this.#toldAt.clear();
    this.#cancelAgain?.();
  }

  #forget(told: Told): void {
    this.#queue.delete(told);
    this.#toldAt.delete(told);
  }

  #start(): void {
    if (this.#working !== undefined || this.#queue.size === 0 || this.#options.term.aborted) return;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    const { clock, term } = this.#options;
    const backoff = new Backoff(clock);
    // Whoever asked is not held up, not even by the first request.
    await pause(clock, 0, term);
    for (;;) {
      const waitMs = this.#total.waitMs(clock.now());
      if (waitMs > 0) await pause(clock, waitMs, term);
      const told = this.#take();
      if (told === undefined || term.aborted) return;
      if (!told.isRepeated && !this.#bucketOf(told.object).take(clock.now())) continue;
      this.#total.take(clock.now());
      try {
        await this.#tell(told);
        told.isRepeated = false;
        backoff.reset();
      } catch (error) {
        if (term.aborted) return;
        this.#tellProblem(error instanceof Error ? error.message : String(error));
        told.isRepeated = true;
        if (this.#isCurrent(told)) this.#queue.add(told);
        await pause(clock, backoff.next(error instanceof ApiServerError ? error.retryAfterMs : 0), term);
      }
    }
  }

  #take(): Told | undefined {
    const [told] = this.#queue;
    if (told === undefined) return undefined;
    this.#queue.delete(told);
    this.#tellAgainLater(told);
    return told;
  }

  #isCurrent(told: Told): boolean {
    return this.#current.get(told.object)?.get(told.occurrence.name) === told;
  }

  async #tell(told: Told): Promise<void> {
    if (told.times !== undefined && (await this.#repeat(told, told.times + 1))) return;
    const { client, clock, term, reporter } = this.#options;
    const body = eventOf(told.occurrence, reporter, new Date(clock.now()));
    const answer = await client.request({ method: "POST", path: collection(told.occurrence), body, signal: term });
    const isElsewhere = told.mayBeTold;
    told.mayBeTold = false;
    if (answer.status === 409) {
      if (isElsewhere) return;
      const times = await this.#timesTold(told);
      if (times !== undefined) await this.#repeat(told, times + 1);
      return;
    }
    if (this.#accepts(answer)) told.times = 1;
  }

  /** Whether the Event was there still. */
  async #repeat(told: Told, count: number): Promise<boolean> {
    const series: JsonObject = { count, lastObservedTime: microTime(new Date(this.#options.clock.now())) };
    const answer = await this.#patch(told.occurrence, { series });
    if (answer.status === 404) return false;
    if (this.#accepts(answer)) told.times = count;
    return true;
  }

  /** A patch that changes nothing is answered with the Event, and needs no right to read. */
  async #timesTold({ occurrence }: Told): Promise<number | undefined> {
    const answer = await this.#patch(occurrence, {});
    return answer.status === 200 ? (numberAt(answer.body, "series", "count") ?? 1) : undefined;
  }

  #patch(occurrence: Occurrence, body: JsonObject): Promise<KubernetesAnswer> {
    const path = `${collection(occurrence)}/${encodeURIComponent(occurrence.name)}`;
    const { client, term } = this.#options;
    return client.request({ method: "PATCH", path, contentType: mergePatch, body, signal: term });
  }

  /** Whether it was written. Throws where trying again may help; what is refused for good is told as a problem. */
  #accepts(answer: KubernetesAnswer): boolean {
    const { status, body } = answer;
    if (status === 200 || status === 201) {
      this.#problem = undefined;
      return true;
    }
    if (status === 429 || status >= 500) throw new ApiServerError(answer);
    const message = textAt(body, "message") ?? `the API server answers ${status}`;
    // The object goes with its namespace: nobody will ask about it.
    const isGoing = status === 404 || message.includes("because it is being terminated");
    if (!isGoing) this.#tellProblem(message);
    return false;
  }

  #tellProblem(problem: string): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#options.onProblem(problem);
  }

  #bucketOf(object: string): TokenBucket {
    const known = this.#perObject.get(object);
    const bucket = known ?? new TokenBucket(this.#rates.perObject, this.#options.clock.now());
    this.#perObject.delete(object);
    this.#perObject.set(object, bucket);
    const [oldest] = this.#perObject.keys();
    if (this.#perObject.size > REMEMBERED_OBJECTS && oldest !== undefined) this.#perObject.delete(oldest);
    return bucket;
  }

  #tellAgainLater(told: Told): void {
    this.#toldAt.delete(told);
    this.#toldAt.set(told, this.#options.clock.now());
    if (this.#toldAt.size === 1) this.#schedule();
  }

  #schedule(): void {
    this.#cancelAgain?.();
    const [first] = this.#toldAt.values();
    if (first === undefined || this.#options.term.aborted) return;
    const { clock } = this.#options;
    this.#cancelAgain = clock.after(Math.max(0, first + TELL_AGAIN_MS - clock.now()), () => this.#tellAgain());
  }

  #tellAgain(): void {
    const due = this.#options.clock.now() - TELL_AGAIN_MS;
    for (const [told, at] of this.#toldAt) {
      if (at > due) break;
      this.#toldAt.delete(told);
      this.#queue.add(told);
    }
    this.#schedule();
    this.#start();
  }
}

function collection({ namespace }: Occurrence): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}
