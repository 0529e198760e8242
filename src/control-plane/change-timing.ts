import { type EventLoopUtilization, performance } from "node:perf_hooks";

/**
 * Measures how long the control plane works on a change: from the arrival of a write until every proxy has acknowledged what follows from it, waiting for
 * others left out (the time in which the event loop was idle). Changes that overlap count as one.
 */
export class ChangeTiming {
  readonly #observe: (seconds: number) => void;
  #start: EventLoopUtilization | undefined;
  #changed = false;
  /** Connections of proxies that have not acknowledged everything yet. */
  readonly #waiting = new Set<number>();

  constructor(observe: (seconds: number) => void) {
    this.#observe = observe;
  }

  /** A write has arrived, or a source has reported something. */
  arrived(): void {
    this.#start ??= performance.eventLoopUtilization();
  }

  /** Something that these proxies run has changed. */
  planChanged(connections: Iterable<number>): void {
    this.#changed = true;
    for (const connection of connections) this.#waiting.add(connection);
  }

  /** The write has been dealt with; one that changed nothing for proxies does not count. */
  dealtWith(): void {
    if (!this.#changed) this.#start = undefined;
  }

  /** A proxy has acknowledged everything, or has left. */
  settled(connection: number): void {
    this.#waiting.delete(connection);
    if (this.#start === undefined || !this.#changed || this.#waiting.size > 0) return;
    this.#observe(performance.eventLoopUtilization(this.#start).active / 1000);
    this.#start = undefined;
    this.#changed = false;
  }
}
