import type { Collection } from "../../incremental/collection.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import type { Clock } from "../../kubernetes/clock.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { type EventReporter, type EventSubject, occurrencesOf } from "./diagnostic-event.ts";
import { EventRecorder } from "./event-recorder.ts";

export interface EventPublisherOptions {
  readonly client: Pick<KubernetesClient, "request">;
  readonly clock: Clock;
  readonly reporter: EventReporter;
  /** What was found out about objects, by `objectKey`. */
  readonly diagnostics: readonly Collection<readonly Diagnostic[]>[];
  /** Whatever else decides about an object's subject, by `objectKey`. */
  readonly alsoFollow: readonly Collection<unknown>[];
  /** The object as the cluster knows it; undefined for objects that are gone, not of the cluster, or for others to speak of. */
  readonly subjectOf: (object: string) => EventSubject | undefined;
  readonly onProblem: (problem: string) => void;
}

/**
 * What lasts this long is told: what is written together (a route, its Service) arrives one by one, and what is missing only in between is nobody's
 * mistake.
 */
export const SETTLE_MS = 1_000;

/** Tells the errors and warnings of objects as Events on them, while this replica leads. Costs what changes, and is done after everything else. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  /** Objects to look at, and when; in that order. */
  readonly #changed = new Map<string, number>();
  #recorder: EventRecorder | undefined;
  #ends: (() => void)[] = [];
  #cancelLook: (() => void) | undefined;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
  }

  /** Tells what is the case, as far as no earlier leader did, and from now on what changes. Ends with the term. */
  start(term: AbortSignal): void {
    const { client, clock, reporter, diagnostics, alsoFollow, onProblem } = this.#options;
    const recorder = new EventRecorder({ client, clock, reporter, term, onProblem });
    this.#recorder = recorder;
    const known = new Set(diagnostics.flatMap((collection) => Array.from(collection.entries(), ([object]) => object)));
    for (const object of known) this.#look(object, recorder, true);
    const follow = <V>(collection: Collection<V>) =>
      collection.subscribe((changes) => {
        for (const object of changes.keys()) this.#note(object);
      });
    this.#ends = [...diagnostics.map(follow), ...alsoFollow.map(follow)];
    term.addEventListener("abort", () => this.#end());
  }

  /** Resolves when everything that was due is written. */
  idle(): Promise<void> {
    return this.#recorder?.idle() ?? Promise.resolve();
  }

  #end(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#changed.clear();
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#recorder = undefined;
  }

  #note(object: string): void {
    if (this.#changed.has(object)) return;
    const { clock } = this.#options;
    this.#changed.set(object, clock.now() + SETTLE_MS);
    this.#cancelLook ??= clock.after(SETTLE_MS, () => this.#lookAtDue());
  }

  #lookAtDue(): void {
    const { clock } = this.#options;
    this.#cancelLook = undefined;
    for (const [object, due] of this.#changed) {
      const waitMs = due - clock.now();
      if (waitMs > 0) {
        this.#cancelLook = clock.after(waitMs, () => this.#lookAtDue());
        return;
      }
      this.#changed.delete(object);
      if (this.#recorder !== undefined) this.#look(object, this.#recorder, false);
    }
  }

  #look(object: string, recorder: EventRecorder, mayBeTold: boolean): void {
    const { diagnostics, subjectOf } = this.#options;
    const found = diagnostics.flatMap((collection) => collection.get(object) ?? []);
    const subject = found.length === 0 ? undefined : subjectOf(object);
    recorder.set(object, subject === undefined ? [] : occurrencesOf(subject, found), mayBeTold);
  }
}
