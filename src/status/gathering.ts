export interface GatheringOptions {
  /** What was put in is due when nothing was put in its place for so long, */
  readonly quietMs: number;
  /** and at the latest so long after the first that it replaced. */
  readonly longestMs: number;
  /** Milliseconds that never jump. */
  readonly clock: () => number;
}

interface Entry<T> {
  value: T;
  readonly since: number;
  changed: number;
}

/**
 * Keeps the last of several values of a key until they have stopped coming: a burst costs one value a key, and its last value does not wait for longer than
 * one that comes alone.
 */
export class Gathering<T> {
  readonly #options: GatheringOptions;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  put(key: string, value: T): void {
    const now = this.#options.clock();
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { value, since: now, changed: now });
    } else {
      entry.value = value;
      entry.changed = now;
    }
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Undefined where nothing is kept. */
  get msUntilDue(): number | undefined {
    if (this.#entries.size === 0) return undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) earliest = Math.min(earliest, this.#dueAt(entry));
    return Math.max(0, earliest - this.#options.clock());
  }

  /** Gives what is due away, in the order in which it came. */
  takeDue(): readonly (readonly [string, T])[] {
    const now = this.#options.clock();
    return this.#take((entry) => this.#dueAt(entry) <= now);
  }

  takeAll(): readonly (readonly [string, T])[] {
    return this.#take(() => true);
  }

  clear(): void {
    this.#entries.clear();
  }

  #dueAt({ since, changed }: Entry<T>): number {
    const { quietMs, longestMs } = this.#options;
    return Math.min(changed + quietMs, since + longestMs);
  }

  #take(isTaken: (entry: Entry<T>) => boolean): readonly (readonly [string, T])[] {
    const taken = [...this.#entries].filter(([, entry]) => isTaken(entry));
    for (const [key] of taken) this.#entries.delete(key);
    return taken.map(([key, { value }]) => [key, value] as const);
  }
}
