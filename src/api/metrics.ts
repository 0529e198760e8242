/** A small registry of metrics in the Prometheus text format (version 0.0.4). */

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  increment(labels?: Labels, by?: number): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Forgets a series, so that it is not shown with its last value for ever. */
  remove(labels: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface Metrics {
  /** By convention the name ends in `_total`. */
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  /** A gauge whose series are read when somebody asks. */
  gaugeFrom(name: string, help: string, read: () => Iterable<readonly [value: number, labels: Labels]>): void;
  /** `buckets` are upper bounds, rising. */
  histogram(name: string, help: string, buckets?: readonly number[]): Histogram;
  /** Everything, in the order of registration. */
  render(): string;
}

/** Seconds, from half a millisecond to ten seconds. */
export const defaultBuckets: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

interface HistogramSeries {
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
  count: number;
}

export function createMetrics(): Metrics {
  const families = new Map<string, () => string>();
  const register = (name: string, help: string, type: string, lines: () => readonly string[]): void => {
    if (families.has(name)) throw new Error(`the metric ${name} is registered twice`);
    const head = `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
    families.set(name, () => head + lines().join(""));
  };
  const plain = (name: string, help: string, type: string): Map<string, number> => {
    const series = new Map<string, number>();
    register(name, help, type, () => [...series].map(([labels, value]) => line(name, labels, value)));
    return series;
  };
  return {
    counter: (name, help) => {
      const series = plain(name, help, "counter");
      return {
        increment: (labels = {}, by = 1) => {
          const key = labelText(labels);
          series.set(key, (series.get(key) ?? 0) + by);
        },
      };
    },
    gauge: (name, help) => {
      const series = plain(name, help, "gauge");
      return {
        set: (value, labels = {}) => void series.set(labelText(labels), value),
        remove: (labels) => void series.delete(labelText(labels)),
      };
    },
    gaugeFrom: (name, help, read) => {
      register(name, help, "gauge", () => [...read()].map(([value, labels]) => line(name, labelText(labels), value)));
    },
    histogram: (name, help, buckets = defaultBuckets) => {
      const series = new Map<string, HistogramSeries>();
      register(name, help, "histogram", () =>
        [...series.values()].flatMap((each) => histogramLines(name, buckets, each)),
      );
      return {
        observe: (value, labels = {}) => {
          const key = labelText(labels);
          const one = series.get(key) ?? { labels, counts: buckets.map(() => 0), sum: 0, count: 0 };
          series.set(key, one);
          one.sum += value;
          one.count++;
          const bucket = buckets.findIndex((bound) => value <= bound);
          if (bucket >= 0) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1;
        },
      };
    },
    render: () => [...families.values()].map((render) => render()).join(""),
  };
}

function histogramLines(
  name: string,
  buckets: readonly number[],
  { labels, counts, sum, count }: HistogramSeries,
): string[] {
  let below = 0;
  const lines = buckets.map((bound, index) => {
    below += counts[index] ?? 0;
    return line(`${name}_bucket`, labelText({ ...labels, le: String(bound) }), below);
  });
  return [
    ...lines,
    line(`${name}_bucket`, labelText({ ...labels, le: "+Inf" }), count),
    line(`${name}_sum`, labelText(labels), sum),
    line(`${name}_count`, labelText(labels), count),
  ];
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels} ${Number.isFinite(value) ? value : value > 0 ? "+Inf" : Number.isNaN(value) ? "NaN" : "-Inf"}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
    );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
