import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPlaces } from "../../src/config/places.ts";
import { type EnvoyBinary, findEnvoy } from "../../src/dataplane/envoy-install.ts";
import { medianRun } from "./statistics.ts";

export type Figures = Readonly<Record<string, number | string | boolean | Readonly<Record<string, unknown>>>>;

/** Numbers and switches from the command line, with defaults; `--json` and `--runs` are always there. */
export function readOptions<N extends string, S extends string>(
  numbers: Readonly<Record<N, number>>,
  switches: readonly S[],
): {
  readonly numbers: Record<N, number>;
  readonly switches: Record<S, boolean>;
  readonly json: boolean;
  readonly runs: number;
} {
  const options: Record<string, { type: "string" | "boolean" }> = {
    json: { type: "boolean" },
    runs: { type: "string" },
  };
  for (const name of Object.keys(numbers)) options[name] = { type: "string" };
  for (const name of switches) options[name] = { type: "boolean" };
  const { values } = parseArgs({ options, strict: true });
  const chosen: Record<N, number> = { ...numbers };
  for (const name in numbers) {
    const written = values[name];
    if (typeof written !== "string") continue;
    const number = Number(written);
    if (!Number.isFinite(number) || number < 0) throw new Error(`--${name} takes a number, not ${written}`);
    chosen[name] = number;
  }
  const set = Object.fromEntries(switches.map((name) => [name, values[name] === true]));
  return {
    numbers: chosen,
    switches: { ...recordOf(switches), ...set },
    json: values.json === true,
    runs: Number(values.runs ?? 3),
  };
}

function recordOf<S extends string>(names: readonly S[]): Record<S, boolean> {
  const record: Partial<Record<S, boolean>> = {};
  for (const name of names) record[name] = false;
  return record as Record<S, boolean>;
}

/** Runs a benchmark several times and prints the run whose `by` is the median: one JSON object, or lines for people. */
export async function report<F extends Figures>(
  options: { readonly json: boolean; readonly runs: number },
  run: (folder: string) => Promise<F>,
  by: (figures: F) => number,
): Promise<void> {
  const all: F[] = [];
  for (let count = 0; count < options.runs; count++) {
    const folder = await mkdtemp(join(tmpdir(), "weir-bench-"));
    try {
      const figures = await run(folder);
      all.push(figures);
      process.stderr.write(`run ${count + 1} of ${options.runs}: ${JSON.stringify(figures)}\n`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const median = medianRun(all, by);
  if (options.json) process.stdout.write(`${JSON.stringify(median)}\n`);
  else
    for (const [name, value] of Object.entries(median))
      process.stdout.write(`${name.padEnd(24)} ${JSON.stringify(value)}\n`);
}

export function benchEnvoy(): Promise<EnvoyBinary> {
  return findEnvoy({ cache: findPlaces(process.env).cache, environment: process.env });
}

/** A port of loopback that nothing uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
