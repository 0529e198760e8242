import { unavailable } from "../cluster-tools/problem.ts";
import type { Layer, TestsLayer, ToolLayer } from "./layers.ts";
import { type CommandRun, runCommand } from "./run-command.ts";
import { failedOnce, type Summary, skippedWhole, startMark, summaryMark } from "./summary.ts";

export type Surroundings = Pick<CommandRun, "environment" | "interrupt">;

/** Runs a layer, and prints what fails in it as it happens. */
export function runLayer(layer: Layer, around: Surroundings): Promise<Summary> {
  return layer.kind === "tool" ? runTool(layer, around) : runTests(layer, around);
}

async function runTool({ commands, slow, limitMs }: ToolLayer, around: Surroundings): Promise<Summary> {
  for (const command of commands) {
    const lines: string[] = [];
    const end = await runCommand(command, {
      ...around,
      limitMs,
      onLine: (line, stream) => {
        lines.push(line);
        // What took minutes is worth reading when it went well, too.
        if (slow && stream === "output") print(line);
      },
    });
    if (end.kind === "exited" && end.code === 0) continue;
    if (end.kind === "exited" && end.code === unavailable) return skippedWhole(lines.slice(-15).join("\n"));
    const why = end.kind === "stopped" ? `: ${end.why}` : "";
    print(`\nFAILED ${command.join(" ")}${why}\n${lines.map((line) => `  ${line}`).join("\n")}`);
    return failedOnce;
  }
  return { passed: 1, failed: 0, skipped: [] };
}

async function runTests({ name, files, isolated, slow, limitMs }: TestsLayer, around: Surroundings): Promise<Summary> {
  let summary: Summary | undefined;
  let latest = "";
  const command = [
    process.execPath,
    "--import=./scripts/test-layers/seed.ts",
    "--test",
    ...(isolated
      ? ["--test-concurrency=1", `--test-timeout=${slow ? limitMs : 600_000}`]
      : ["--test-isolation=none", "--test-timeout=60000"]),
    "--test-reporter=./scripts/test-layers/reporter.ts",
    "--test-reporter-destination=stdout",
    ...files,
  ];
  const end = await runCommand(command, {
    ...around,
    limitMs,
    onLine: (line) => {
      if (line.startsWith(summaryMark)) summary = JSON.parse(line.slice(summaryMark.length));
      else if (line.startsWith(startMark)) latest = line.slice(startMark.length);
      else print(line);
    },
  });
  if (end.kind === "stopped") {
    print(`\nFAILED ${name}: ${end.why}; the last test: ${latest}`);
    return failedOnce;
  }
  if (summary === undefined || (end.code !== 0 && summary.failed === 0)) {
    print(`\nFAILED ${name}: the tests ended early (exit code ${end.code})`);
    return { passed: summary?.passed ?? 0, failed: 1, skipped: summary?.skipped ?? [] };
  }
  return summary;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
