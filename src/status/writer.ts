import type { Json, ObjectRef } from "../model/source-object.ts";
import { objectKey } from "../model/source-object.ts";
import type { StatusValue } from "../model/status.ts";
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
}

export interface StatusWriterOptions {
  readonly target: StatusTarget;
  /** How long changes are gathered before they are written; several changes of one object within it cost one write. */
  readonly gatherMs: number;
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
  /** What is gathered, and what may be written now; by `objectKey`. */
  readonly #wanted = new Map<string, WantedStatus>();
  readonly #due = new Map<string, WantedStatus>();
  readonly #busy = new Set<string>();
  readonly #workers = new Set<Promise<void>>();
  #scheduled = false;
  writes = 0;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  want(status: WantedStatus): void {
    this.#wanted.set(objectKey(status.object), status);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.setTimer(() => void this.flush(), this.#options.gatherMs).unref?.();
  }

  /** Forgets what is wanted and not yet being written. */
  clear(): void {
    this.#wanted.clear();
    this.#due.clear();
  }

  /** Writes what is wanted now; resolves when all of it has been written. */
  async flush(): Promise<void> {
    this.#scheduled = false;
    for (const [key, status] of this.#wanted) this.#due.set(key, status);
    this.#wanted.clear();
    const idle = Math.min(this.#options.writesAtOnce - this.#workers.size, this.#due.size);
    for (let started = 0; started < idle; started++) {
      const worker = this.#work().finally(() => this.#workers.delete(worker));
      this.#workers.add(worker);
    }
    await Promise.all(this.#workers);
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
    for (const [key, status] of this.#due) {
      if (this.#busy.has(key)) continue;
      this.#due.delete(key);
      return [key, status];
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
      if (retryMs === undefined || this.#wanted.has(key)) return;
      this.#wanted.set(key, wanted);
      if (this.#scheduled) return;
      this.#scheduled = true;
      setTimer(() => void this.flush(), retryMs).unref?.();
    }
  }

  #now(): string {
    return this.#options
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
  }
}
