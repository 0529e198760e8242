import type { Json, ObjectRef } from "../model/source-object.ts";
import { objectKey } from "../model/source-object.ts";
import type { StatusValue } from "../model/status.ts";
import { Gathering } from "./gathering.ts";
import { sameStatus, stampConditions } from "./stamp.ts";

/** Where statuses are written: the store, memory (for objects of files), the Kubernetes API. */
export interface StatusTarget {
  /**
   * Replaces the status of an object by what `next` makes of the one that is there (undefined for none); `next` answers undefined where there is
   * nothing to write. Asked again with the newer status if somebody else wrote in between. Nothing is written for an object that does not exist.
   * Resolves to whether something was written; rejects where it should have been and could not.
   */
  update(object: ObjectRef, next: (previous: Json | undefined) => Json | undefined): Promise<boolean>;
}

export interface WantedStatus {
  readonly object: ObjectRef;
  readonly generation: number;
  /**
   * Asked when the status is written, so that what changes while changes are gathered is not written twice.
   * @param previous the status that is there now.
   */
  readonly status: (previous: Json | undefined) => StatusValue;
  /** Whether it is about many objects, as that of a Gateway is: it is then written before those that are about one. */
  readonly isSummary?: boolean;
}

export interface StatusWriterOptions {
  readonly target: StatusTarget;
  /** A status is written when nothing about it has changed for so long; several changes that follow each other sooner cost one write. */
  readonly gatherMs: number;
  /** A status that does not stop changing is written so often. */
  readonly longestGatherMs: number;
  /** Milliseconds that never jump. */
  readonly clock: () => number;
  /** How many writes may be on their way: one where writing is work of this process, several where it is waiting for another. */
  readonly writesAtOnce: number;
  /** After how long a status that could not be written is tried again, unless another is wanted by then; never where undefined. */
  readonly retryMs: number | undefined;
  readonly now: () => Date;
  readonly setTimer: (run: () => void, ms: number) => { unref?: () => void };
  /** Between two writes: changes that have arrived go first, since traffic waits for them and nobody waits for a status. */
  readonly yieldToOthers: () => Promise<void>;
  readonly onError: (object: ObjectRef, error: unknown) => void;
}

/** Writes wanted statuses: gathered, one write per real change, never concurrently for one object. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  /** By `objectKey`: what is gathered, what may be written now, summaries apart, and what could not be written. */
  readonly #gathering: Gathering<WantedStatus>;
  readonly #dueSummaries = new Map<string, WantedStatus>();
  readonly #due = new Map<string, WantedStatus>();
  readonly #failed = new Map<string, WantedStatus>();
  readonly #busy = new Set<string>();
  readonly #workers = new Set<Promise<void>>();
  #isGathering = false;
  #isRetrying = false;
  writes = 0;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    const { gatherMs, longestGatherMs, clock } = options;
    this.#gathering = new Gathering({ quietMs: gatherMs, longestMs: longestGatherMs, clock });
  }

  want(status: WantedStatus): void {
    const key = objectKey(status.object);
    this.#failed.delete(key);
    this.#gathering.put(key, status);
    this.#gatherOn();
  }

  /** Forgets what is wanted and not yet being written. */
  clear(): void {
    this.#gathering.clear();
    for (const known of [this.#dueSummaries, this.#due, this.#failed]) known.clear();
  }

  /** Writes what is wanted now, gathered or not; resolves when all of it has been written. */
  async flush(): Promise<void> {
    this.#retry();
    this.#release(this.#gathering.takeAll());
    await Promise.all(this.#workers);
  }

  #gatherOn(): void {
    if (this.#isGathering) return;
    const ms = this.#gathering.msUntilDue;
    if (ms === undefined) return;
    this.#isGathering = true;
    const take = (): void => {
      this.#isGathering = false;
      this.#release(this.#gathering.takeDue());
      this.#gatherOn();
    };
    this.#options.setTimer(take, ms).unref?.();
  }

  #retry(): void {
    const failed = [...this.#failed];
    this.#failed.clear();
    this.#release(failed);
  }

  #release(statuses: Iterable<readonly [string, WantedStatus]>): void {
    for (const [key, status] of statuses) (status.isSummary === true ? this.#dueSummaries : this.#due).set(key, status);
    const free = this.#options.writesAtOnce - this.#workers.size;
    const started = Math.min(free, this.#due.size + this.#dueSummaries.size);
    for (let count = 0; count < started; count++) {
      const worker = this.#work().finally(() => this.#workers.delete(worker));
      this.#workers.add(worker);
    }
  }

  async #work(): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      const [key, status] = next;
      this.#busy.add(key);
      await this.#writeOne(key, status);
      this.#busy.delete(key);
      await this.#options.yieldToOthers();
    }
  }

  /** The next object that nobody is writing; one that somebody is writing is taken by that worker afterwards. */
  #take(): readonly [string, WantedStatus] | undefined {
    for (const due of [this.#dueSummaries, this.#due]) {
      for (const [key, status] of due) {
        if (this.#busy.has(key)) continue;
        due.delete(key);
        return [key, status];
      }
    }
    return undefined;
  }

  async #writeOne(key: string, wanted: WantedStatus): Promise<void> {
    const { target, onError, retryMs, setTimer } = this.#options;
    const { object, generation, status } = wanted;
    try {
      const written = await target.update(object, (previous) => {
        const stamped = stampConditions(status(previous), previous, generation, this.#now());
        return sameStatus(previous, stamped) ? undefined : stamped;
      });
      if (written) this.writes++;
    } catch (error) {
      onError(object, error);
      const isOutdated = this.#gathering.has(key) || this.#due.has(key) || this.#dueSummaries.has(key);
      if (retryMs === undefined || isOutdated) return;
      this.#failed.set(key, wanted);
      if (this.#isRetrying) return;
      this.#isRetrying = true;
      const retry = (): void => {
        this.#isRetrying = false;
        this.#retry();
      };
      setTimer(retry, retryMs).unref?.();
    }
  }

  #now(): string {
    return this.#options
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
  }
}
