import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { version } from "../../src/version.ts";
import { gatewayClass } from "./cluster.ts";
import { type Outcome, readResults } from "./suite.ts";

export interface RunOptions {
  readonly clusterScript: string;
  readonly binary: string;
  /** Gets report.yaml, results.jsonl and suite.log. */
  readonly folder: string;
  readonly profiles: readonly string[];
  readonly skipped: readonly string[];
  readonly onlyTest?: string;
  readonly usableAddress: string;
  readonly unusableAddress: string;
  readonly onProgress: (line: string) => void;
}

/** One run of the suite within the cluster's network; the outcome of each test. */
export async function runSuite(options: RunOptions): Promise<ReadonlyMap<string, Outcome>> {
  const { folder, profiles, skipped, onlyTest } = options;
  await mkdir(folder, { recursive: true });
  const results = join(folder, "results.jsonl");
  const args = [
    "-test.run=^TestConformance$",
    "-test.v",
    "-test.timeout=90m",
    `-gateway-class=${gatewayClass}`,
    `-conformance-profiles=${profiles.join(",")}`,
    `-usable-address=${options.usableAddress}`,
    `-unusable-address=${options.unusableAddress}`,
    "-organization=weir",
    "-project=weir",
    "-url=https://weir.dev",
    "-contact=https://weir.dev",
    `-version=${version}`,
    `-report-output=${join(folder, "report.yaml")}`,
    `-results-output=${results}`,
    ...(skipped.length === 0 ? [] : [`-skip-tests=${skipped.join(",")}`]),
    ...(onlyTest === undefined ? [] : [`-run-test=${onlyTest}`]),
  ];
  const child = spawn(options.clusterScript, ["exec", "--", options.binary, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(join(folder, "suite.log"));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      log.write(`${line}\n`);
      const begun = /^=== RUN {3}TestConformance\/([^/]+)$/.exec(line);
      if (begun !== null) options.onProgress(`${begun[1]}`);
    });
  }
  // Ctrl-C ends the suite, which then removes what it made, and the run with it.
  const end = (): void => void child.kill("SIGINT");
  process.once("SIGINT", end).once("SIGTERM", end);
  await once(child, "close");
  process.off("SIGINT", end).off("SIGTERM", end);
  log.end();
  await once(log, "finish");
  return readResults(results);
}
