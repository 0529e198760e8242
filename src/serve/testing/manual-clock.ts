import type { Clock } from "../clock.ts";

/** A clock that stands still until it is told to move, unless work is said to take time. */
export class ManualClock implements Clock {
  /** How much later it is after each look at the clock: work takes time. */
  lookingTakesMs = 0;
  /** How much too early tasks run, as Node's timers may, which count whole milliseconds. */
  earlyMs = 0;
  #now = 0;
  readonly #tasks = new Map<symbol, { readonly at: number; readonly run: () => void }>();

  now(): number {
    this.#now += this.lookingTakesMs;
    return this.#now;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  after(ms: number, run: () => void): () => void {
    const key = Symbol("task");
    this.#tasks.set(key, { at: this.#now + ms - this.earlyMs, run });
    return () => this.#tasks.delete(key);
  }

  /** When the next task is due, if there is one. */
  get next(): number | undefined {
    const times = [...this.#tasks.values()].map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Moves on and runs what becomes due on the way, in order of time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#tasks].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [key, { at, run }] = due;
      this.#tasks.delete(key);
      this.#now = Math.max(this.#now, at);
      run();
    }
    this.#now = end;
  }
}
