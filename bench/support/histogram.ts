import type { MetricsSource } from "./gauge.ts";

/** How long the control plane worked on each change: taking it in with all that follows, and handling the answers of the proxy. */
export const CHANGE_TIME = "weir_change_seconds";

/** A histogram of the control plane's own metrics, as it stood at one moment. */
export class Histogram {
  readonly #sum: number;
  readonly #count: number;
  /** Upper bound → observations up to it. */
  readonly #buckets: ReadonlyMap<number, number>;

  constructor(sum: number, count: number, buckets: ReadonlyMap<number, number>) {
    this.#sum = sum;
    this.#count = count;
    this.#buckets = buckets;
  }

  /** What came in between `earlier` and this. */
  since(earlier: Histogram): Histogram {
    const buckets = new Map(
      [...this.#buckets].map(([bound, count]) => [bound, count - (earlier.#buckets.get(bound) ?? 0)]),
    );
    return new Histogram(this.#sum - earlier.#sum, this.#count - earlier.#count, buckets);
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    if (this.#count === 0) throw new Error("nothing was observed");
    return this.#sum / this.#count;
  }

  /** The bound of the bucket in which the quantile lies: never less than the true value. */
  quantile(share: number): number {
    for (const [bound, count] of [...this.#buckets].sort(([a], [b]) => a - b))
      if (count >= share * this.#count) return bound;
    return Number.POSITIVE_INFINITY;
  }
}

export async function readHistogram(source: MetricsSource, name: string): Promise<Histogram> {
  const body = await source.metrics();
  const value = (pattern: RegExp) => Number(pattern.exec(body)?.[1] ?? 0);
  const buckets = new Map<number, number>();
  for (const [, bound, count] of body.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)`, "gm"))) {
    buckets.set(bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), Number(count));
  }
  return new Histogram(
    value(new RegExp(`^${name}_sum (\\S+)`, "m")),
    value(new RegExp(`^${name}_count (\\S+)`, "m")),
    buckets,
  );
}
