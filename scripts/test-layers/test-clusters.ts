/** The Kubernetes clusters of a test run, through scripts/cluster alone. */
import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { findClusterPlaces } from "../cluster-tools/places.ts";
import { unavailable } from "../cluster-tools/problem.ts";
import { type CommandRun, runCommand } from "./run-command.ts";

const script = "scripts/cluster";
const minute = 60_000;
const never = new AbortController().signal;

/** Why there is no cluster. */
export interface Obstacle {
  /** Whether it is the machine's fault, or the network's, and nobody's mistake. */
  readonly excused: boolean;
  /** The last lines of what failed. */
  readonly reason: string;
}

/**
 * Builds what clusters and the official suite consist of, as far as it is not built. With low priority: the layers that need
 * no cluster run meanwhile.
 */
export async function buildPrograms(interrupt: AbortSignal): Promise<Obstacle | undefined> {
  const options = { environment: process.env, limitMs: 40 * minute, interrupt };
  const obstacle = await attempt(["nice", "-n", "19", script, "prepare"], options);
  // A suite that cannot be built is a matter of the layer that runs it.
  if (obstacle === undefined) await attempt(["nice", "-n", "19", "scripts/conformance", "--list"], options);
  return obstacle === undefined ? undefined : { ...obstacle, excused: true };
}

/**
 * Layers that are given a cluster get one of the run's own, fresh for each of them, so that nobody's is touched and nothing is
 * inherited; or the one that WEIR_CLUSTER names, which is started if need be and stays.
 */
export class TestClusters {
  readonly environment: NodeJS.ProcessEnv;
  readonly #kept: string | undefined;

  constructor() {
    this.#kept = process.env.WEIR_CLUSTER;
    this.environment = { WEIR_CLUSTER: `test-${process.pid}`, ...process.env };
  }

  async start(interrupt: AbortSignal): Promise<Obstacle | undefined> {
    const options = { environment: this.environment, interrupt };
    const obstacle = await attempt([script, "check", "--built"], { ...options, limitMs: minute });
    if (obstacle !== undefined) return obstacle;
    await this.end();
    return attempt([script, "up"], { ...options, limitMs: 5 * minute });
  }

  /** Removes the run's own cluster, and those that tests which were ended could not remove: their names tell whose they are. */
  async end(): Promise<void> {
    const folder = dirname(findClusterPlaces(process.env).state);
    for (const name of await readdir(folder).catch(() => [])) {
      const [, owner] = /^(?:test|docs)-(\d+)$/.exec(name) ?? [];
      if (owner === undefined || name === this.#kept) continue;
      if (Number(owner) !== process.pid && isRunning(Number(owner))) continue;
      const environment = { ...process.env, WEIR_CLUSTER: name };
      const problem = await attempt([script, "down"], { environment, limitMs: 2 * minute, interrupt: never });
      if (problem !== undefined)
        process.stderr.write(`test: the cluster ${name} cannot be removed: ${problem.reason}\n`);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function attempt(command: readonly string[], options: Omit<CommandRun, "onLine">): Promise<Obstacle | undefined> {
  const lines: string[] = [];
  const end = await runCommand(command, { ...options, onLine: (line) => void lines.push(line) });
  if (end.kind === "exited" && end.code === 0) return undefined;
  const why = end.kind === "stopped" ? end.why : `exit code ${end.code}`;
  const reason = [`${command.join(" ")}: ${why}`, ...lines.slice(-15)].join("\n");
  return { excused: end.kind === "exited" && end.code === unavailable, reason };
}
