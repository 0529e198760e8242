/** Figures of a series of measurements. An empty series has no figures, which is a defect of the benchmark. */
export interface Summary {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const last = sorted.at(-1);
  if (last === undefined) throw new Error("nothing was measured");
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? last;
  return {
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: at(0.5),
    p99: at(0.99),
    max: last,
  };
}

/** Two decimals: more would pretend precision. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The run whose `by` is the median, so that all figures reported belong to one run. */
export function medianRun<T>(runs: readonly T[], by: (run: T) => number): T {
  const sorted = runs.toSorted((a, b) => by(a) - by(b));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error("there was no run");
  return middle;
}
