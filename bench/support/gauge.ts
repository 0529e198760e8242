import type { BenchApi } from "./api.ts";

/** The sum of all series of one of the control plane's figures whose labels match. */
export async function readGauge(api: BenchApi, name: string, labels: RegExp = /.*/): Promise<number> {
  return (await readSeries(api, name)).filter(([text]) => labels.test(text)).reduce((sum, [, value]) => sum + value, 0);
}

/** Every series of a figure: labels as written, and value. */
export async function readSeries(api: BenchApi, name: string): Promise<readonly (readonly [string, number])[]> {
  const { body } = await api.send("GET", "/metrics");
  const series: (readonly [string, number])[] = [];
  for (const line of body.split("\n")) {
    const match = /^(\w+)(\{.*\})? (\S+)$/.exec(line);
    if (match?.[1] === name) series.push([match[2] ?? "", Number(match[3])]);
  }
  return series;
}
