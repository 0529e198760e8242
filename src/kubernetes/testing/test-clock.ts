import type { Clock } from "../clock.ts";

/** Timers up to this long are pauses between attempts: they pass at once. Longer ones are deadlines, which a test lets pass itself. */
const PAUSE_MS = 20_000;

/** A clock that moves only when told, or when a pause passes. */
export class TestClock implements Clock {
  /** Every pause that was begun, in milliseconds. */
  readonly pauses: number[] = [];
  readonly #deadlines = new Map<() => void, number>();
  #now = Date.UTC(2026, 0, 1);

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  after(ms: number, run: () => void): () => void {
    if (ms > PAUSE_MS) {
      const due = (): void => run();
      this.#deadlines.set(due, this.#now + ms);
      return () => this.#deadlines.delete(due);
    }
    this.pauses.push(ms);
    const immediate = setImmediate(() => {
      this.#now += ms;
      run();
    });
    return () => clearImmediate(immediate);
  }

  /** Lets time pass and runs what became due. */
  elapse(ms: number): void {
    this.#now += ms;
    for (const [due, at] of [...this.#deadlines]) {
      if (at > this.#now) continue;
      this.#deadlines.delete(due);
      due();
    }
  }
}
