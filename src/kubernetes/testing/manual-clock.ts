import { setImmediate } from "node:timers/promises";
import type { ElectionClock } from "../leader-election.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that passes only when a test says so. */
export class ManualClock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  get now(): number {
    return this.#now;
  }

  /** A clock as one process sees it: its own origin, so that no two processes agree on the time. */
  view(offset: number): ElectionClock {
    return {
      monotonic: () => this.#now + offset,
      now: () => new Date(Date.UTC(2030, 0, 1) + this.#now + offset),
      setTimer: (run, ms) => {
        const timer = { at: this.#now + Math.max(0, ms), run };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
    };
  }

  /** Lets `ms` pass: timers run when their time has come, and everything that they set off has settled before the next one runs. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = next.at;
      this.#timers.delete(next);
      next.run();
      await settle();
    }
    this.#now = end;
  }

  /** Time passes while this process does not run: timers come late. */
  freeze(ms: number): void {
    this.#now += ms;
  }
}

/** Promises that are ready have run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}
