import type { Json, ObjectRef } from "../model/source-object.ts";
import { objectKey } from "../model/source-object.ts";
import type { StatusValue } from "../model/status.ts";
import { sameStatus, stampConditions } from "./stamp.ts";

/** Where statuses are written: the store, memory (for objects of files), the Kubernetes API. */
export interface StatusTarget {
  /** The status that is there now; undefined for none. */
  read(object: ObjectRef): Promise<Json | undefined>;
  write(object: ObjectRef, status: Json): Promise<void>;
}

export interface WantedStatus {
  readonly object: ObjectRef;
  readonly generation: number;
  /** Asked when the status is written, so that what changes while changes are gathered is not written twice. */
  readonly status: () => StatusValue;
}

export interface StatusWriterOptions {
  readonly target: StatusTarget;
  /** How long changes are gathered before they are written; several changes of one object within it cost one write. */
  readonly gatherMs: number;
  readonly now: () => Date;
  readonly setTimer: (run: () => void, ms: number) => { unref?: () => void };
  /** Between two writes: changes that have arrived go first, since traffic waits for them and nobody waits for a status. */
  readonly yieldToOthers: () => Promise<void>;
  readonly onError: (object: ObjectRef, error: unknown) => void;
}

/** Writes wanted statuses: gathered, one write per real change, never concurrently for one object. */
export class StatusWriter {
  private readonly options: StatusWriterOptions;
  private readonly wanted = new Map<string, WantedStatus>();
  private scheduled = false;
  private running: Promise<void> = Promise.resolve();
  writes = 0;

  constructor(options: StatusWriterOptions) {
    this.options = options;
  }

  want(status: WantedStatus): void {
    this.wanted.set(objectKey(status.object), status);
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.setTimer(() => void this.flush(), this.options.gatherMs).unref?.();
  }

  /** Writes what is wanted now; resolves when all of it has been written. */
  flush(): Promise<void> {
    this.scheduled = false;
    const batch = [...this.wanted.values()];
    this.wanted.clear();
    this.running = this.running.then(async () => {
      for (const item of batch) {
        await this.writeOne(item);
        await this.options.yieldToOthers();
      }
    });
    return this.running;
  }

  private async writeOne({ object, generation, status }: WantedStatus): Promise<void> {
    const { target, now, onError } = this.options;
    try {
      const previous = await target.read(object);
      const stamped = stampConditions(
        status(),
        previous,
        generation,
        now()
          .toISOString()
          .replace(/\.\d+Z$/, "Z"),
      );
      if (sameStatus(previous, stamped)) return;
      this.writes++;
      await target.write(object, stamped);
    } catch (error) {
      onError(object, error);
    }
  }
}
