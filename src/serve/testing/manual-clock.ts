import type { Clock } from "../clock.ts";

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #tasks = new Map<symbol, { readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  after(ms: number, run: () => void): () => void {
    const key = Symbol("task");
    this.#tasks.set(key, { at: this.#now + ms, run });
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
