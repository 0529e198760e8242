/**
 * Runs the layers of tests one after the other; see scripts/test.
 *
 * The exit code is 0 when nothing failed. What was skipped is named at the end with its reason.
 */
import { parseArgs } from "node:util";
import { findLayers, type Layer } from "./layers.ts";
import { runLayer } from "./run-layer.ts";
import { failedOnce, type Summary, skippedWhole } from "./summary.ts";
import { buildPrograms, TestClusters } from "./test-clusters.ts";

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, all: { type: "boolean" }, list: { type: "boolean" } },
});
const known = findLayers();
const only = values.only?.flatMap((names) => names.split(","));
const unknown = only?.filter((name) => !known.some((layer) => layer.name === name)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(`test: no layer ${unknown.join(", ")}; there are ${known.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}
if (values.list === true) {
  process.stdout.write(known.map(({ name }) => `${name}\n`).join(""));
  process.exit(0);
}

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interruption.abort());
const interrupt = interruption.signal;
const asked = known.filter(({ name }) => only?.includes(name) ?? true);
const building =
  values.all === true && asked.some(({ cluster }) => cluster !== "none") ? buildPrograms(interrupt) : undefined;
const clusters = new TestClusters();

async function run(layer: Layer): Promise<Summary> {
  if (layer.slow && values.all !== true && only === undefined) {
    return skippedWhole(`takes many minutes; --all or --only ${layer.name} runs it`);
  }
  const here = { environment: process.env, interrupt };
  if (layer.cluster === "none") return runLayer(layer, here);
  const unbuilt = await building;
  try {
    if (layer.cluster === "own") return await runLayer(layer, here);
    const obstacle = unbuilt ?? (await clusters.start(interrupt));
    if (obstacle?.excused === true) return skippedWhole(obstacle.reason);
    if (obstacle !== undefined) {
      process.stdout.write(`\nFAILED ${layer.name}: there is no cluster: ${obstacle.reason}\n`);
      return failedOnce;
    }
    return await runLayer(layer, { ...here, environment: clusters.environment });
  } finally {
    await clusters.end();
  }
}

const total = { passed: 0, failed: 0, skipped: [] as string[] };
for (const layer of asked) {
  if (interrupt.aborted) break;
  const since = performance.now();
  const { passed, failed, skipped } = await run(layer);
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  process.stdout.write(`${layer.name}: ${passed} passed, ${failed} failed, ${skipped.length} skipped (${seconds} s)\n`);
  total.passed += passed;
  total.failed += failed;
  total.skipped.push(
    ...skipped.map(({ test, reason }) => `${layer.name} › ${test}: ${reason.replaceAll("\n", "\n  ")}`),
  );
}
for (const line of total.skipped) process.stdout.write(`skipped: ${line}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped\n`);
if (interrupt.aborted) process.stdout.write("interrupted\n");
process.exitCode = total.failed === 0 && !interrupt.aborted ? 0 : 1;
