/**
 * Measures how long the control plane works on a change: taking in what a source reported, with all that follows from it, and handling the answers of proxies until
 * each of them has acknowledged everything. Waiting for proxies and for the disk is left out. Changes that overlap count as one.
 */
export class ChangeTiming {
  readonly #observe: (seconds: number) => void;
  /** Milliseconds spent so far on the requests of proxies. */
  readonly #proxyWork: () => number;
  #applied = 0;
  #start: number | undefined;
  #changed = false;
  /** Connections of proxies that have not acknowledged everything yet. */
  readonly #waiting = new Set<number>();

  constructor(observe: (seconds: number) => void, proxyWork: () => number) {
    this.#observe = observe;
    this.#proxyWork = proxyWork;
  }

  /** Runs `apply`, which takes in what a source reported; where that changes nothing for proxies it does not count. */
  apply(apply: () => void): void {
    this.#start ??= this.#worked;
    const begun = performance.now();
    apply();
    this.#applied += performance.now() - begun;
    if (!this.#changed) this.#start = undefined;
  }

  /** Something that these proxies run has changed. */
  planChanged(connections: Iterable<number>): void {
    this.#changed = true;
    for (const connection of connections) this.#waiting.add(connection);
  }

  /** A proxy has acknowledged everything, or has left. */
  settled(connection: number): void {
    this.#waiting.delete(connection);
    // The answer that settles is still being handled; its time is known afterwards.
    queueMicrotask(() => this.#finish());
  }

  get #worked(): number {
    return this.#applied + this.#proxyWork();
  }

  #finish(): void {
    if (this.#start === undefined || !this.#changed || this.#waiting.size > 0) return;
    this.#observe((this.#worked - this.#start) / 1000);
    this.#start = undefined;
    this.#changed = false;
  }
}
