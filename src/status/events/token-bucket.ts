export interface TokenRate {
  /** How many may be taken at once after a pause. */
  readonly capacity: number;
  /** How long it takes until one more may be taken. */
  readonly refillMs: number;
}

/** Lets so many things happen at once, and so many over time. Full when made. */
export class TokenBucket {
  readonly #rate: TokenRate;
  #tokens: number;
  #countedAt: number;

  /** @param now milliseconds, here and in the methods; never going back. */
  constructor(rate: TokenRate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.capacity;
    this.#countedAt = now;
  }

  /** Whether one was left, which is then gone. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Milliseconds until there is one. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * this.#rate.refillMs);
  }

  #refill(now: number): void {
    const { capacity, refillMs } = this.#rate;
    this.#tokens = Math.min(capacity, this.#tokens + (now - this.#countedAt) / refillMs);
    this.#countedAt = now;
  }
}
