/** Whoever can be asked for the figures that a process keeps of itself, in Prometheus' text format. */
export interface MetricsSource {
  metrics(): Promise<string>;
}

/** The sum of all series of a figure whose labels match. */
export async function readGauge(source: MetricsSource, name: string, labels: RegExp = /.*/): Promise<number> {
  return (await readSeries(source, name))
    .filter(([text]) => labels.test(text))
    .reduce((sum, [, value]) => sum + value, 0);
}

/** Every series of a figure: labels as written, and value. */
export async function readSeries(source: MetricsSource, name: string): Promise<readonly (readonly [string, number])[]> {
  const series: (readonly [string, number])[] = [];
  for (const line of (await source.metrics()).split("\n")) {
    const match = /^(\w+)(\{.*\})? (\S+)$/.exec(line);
    if (match?.[1] === name) series.push([match[2] ?? "", Number(match[3])]);
  }
  return series;
}
