/**
 * Runs the layers of tests one after the other; see scripts/test.
 *
 * The exit code is 0 when nothing failed. What was skipped is named at the end with its reason.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { findLayers, type Layer } from "./layers.ts";
import { type Summary, startMark, summaryMark } from "./summary.ts";

const failedOnce: Summary = { passed: 0, failed: 1, skipped: [] };

/** A process that says nothing for this long hangs. */
const silenceMs = 600_000;

/** The exit code; undefined for a process that was ended because it hung. */
async function run(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<number | undefined> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let hung = false;
  const watchdog = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, silenceMs);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      watchdog.refresh();
      onLine(line);
    });
  }
  const [code] = await once(child, "close");
  clearTimeout(watchdog);
  if (hung) return undefined;
  return typeof code === "number" ? code : 1;
}

async function runTool(layer: Extract<Layer, { kind: "tool" }>): Promise<Summary> {
  for (const [command = "", ...args] of layer.commands) {
    const lines: string[] = [];
    if ((await run(command, args, (line) => lines.push(line))) === 0) continue;
    process.stdout.write(`\nFAILED ${[command, ...args].join(" ")}\n${lines.map((line) => `  ${line}\n`).join("")}`);
    return failedOnce;
  }
  return { passed: 1, failed: 0, skipped: [] };
}

async function runTests(layer: Extract<Layer, { kind: "tests" }>): Promise<Summary> {
  let summary: Summary | undefined;
  let latest = "";
  const args = [
    "--import=./scripts/test-layers/seed.ts",
    "--test",
    ...(layer.isolated
      ? ["--test-concurrency=1", "--test-timeout=600000"]
      : ["--test-isolation=none", "--test-timeout=60000"]),
    "--test-reporter=./scripts/test-layers/reporter.ts",
    "--test-reporter-destination=stdout",
    ...layer.files,
  ];
  const code = await run(process.execPath, args, (line) => {
    if (line.startsWith(summaryMark)) summary = JSON.parse(line.slice(summaryMark.length));
    else if (line.startsWith(startMark)) latest = line.slice(startMark.length);
    else process.stdout.write(`${line}\n`);
  });
  if (code === undefined) {
    process.stdout.write(
      `\nFAILED ${layer.name}: nothing happened for ${silenceMs / 1000} s; the last test: ${latest}\n`,
    );
    return failedOnce;
  }
  if (summary === undefined || (code !== 0 && summary.failed === 0)) {
    process.stdout.write(`\nFAILED ${layer.name}: the tests ended early (exit code ${code})\n`);
    return { passed: summary?.passed ?? 0, failed: 1, skipped: summary?.skipped ?? [] };
  }
  return summary;
}

const { values } = parseArgs({ options: { only: { type: "string", multiple: true }, list: { type: "boolean" } } });
const all = findLayers();
const only = values.only?.flatMap((names) => names.split(","));
const unknown = only?.filter((name) => !all.some((layer) => layer.name === name)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(`test: no layer ${unknown.join(", ")}; there are ${all.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}
if (values.list === true) {
  process.stdout.write(all.map(({ name }) => `${name}\n`).join(""));
  process.exit(0);
}

const total = { passed: 0, failed: 0, skipped: [] as string[] };
for (const layer of all) {
  if (only !== undefined && !only.includes(layer.name)) continue;
  const since = performance.now();
  const summary = layer.kind === "tool" ? await runTool(layer) : await runTests(layer);
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  const { passed, failed, skipped } = summary;
  process.stdout.write(`${layer.name}: ${passed} passed, ${failed} failed, ${skipped.length} skipped (${seconds} s)\n`);
  total.passed += passed;
  total.failed += failed;
  total.skipped.push(...skipped.map(({ test, reason }) => `${layer.name} › ${test}: ${reason}`));
}
for (const line of total.skipped) process.stdout.write(`skipped: ${line}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
