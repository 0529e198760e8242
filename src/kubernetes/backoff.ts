import type { Clock } from "./clock.ts";

const FIRST_MS = 100;
const LONGEST_MS = 5000;

/**
 * How long to wait before the next attempt: twice as long after each failure, up to 5 s, of which a random half is left out so that the
 * many watches of many replicas do not come back at one moment. Short enough that an API server which was away is noticed soon.
 */
export class Backoff {
  readonly #clock: Clock;
  #failures = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds to wait after one more failure; never less than the server asked for. */
  next(retryAfterMs = 0): number {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    return Math.max(retryAfterMs, longest * (0.5 + this.#clock.random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}
