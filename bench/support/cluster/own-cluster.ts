import { once } from "node:events";
import { text } from "node:stream/consumers";
import { ClusterSession } from "../../../scripts/cluster-tools/session.ts";

const name = "bench";
const say = (message: string): void => void process.stderr.write(`bench: ${message}\n`);

/**
 * Runs a program in the network of a cluster that is made for it: one replica of Weir as `weir install` describes it, and nothing else. Resolves with what the program
 * printed; the cluster is gone then, however the program ended.
 */
export async function runInOwnCluster(program: string, args: readonly string[]): Promise<string> {
  const cluster = new ClusterSession({ name, say });
  if ((await cluster.try("status")).code === 0) {
    throw new Error(
      `the cluster "${name}" is up: another benchmark uses it, or one was killed and left it; \`WEIR_CLUSTER=${name} scripts/cluster down\` removes it`,
    );
  }
  const ending = new AbortController();
  // Ctrl-C ends what runs, and the cluster with it.
  const end = (): void => ending.abort();
  process.on("SIGINT", end).on("SIGTERM", end);
  try {
    say("bringing up a cluster");
    await cluster.up("envoy", "weir");
    await cluster.install({ replicas: 1 });
    ending.signal.throwIfAborted();
    say("measuring");
    const child = cluster.spawn([process.execPath, program, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
      signal: ending.signal,
    });
    const [printed, [code]] = await Promise.all([
      child.stdout === null ? "" : text(child.stdout),
      once(child, "close"),
    ]);
    if (code !== 0) throw new Error(`the benchmark ended with ${code ?? "a signal"}`);
    return printed;
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
    await cluster.run("down");
  }
}

/** Why this machine cannot run a cluster, and the exit code that says so; undefined where it can. */
export async function clusterProblem(): Promise<{ readonly code: number; readonly reason: string } | undefined> {
  const { code, errors } = await new ClusterSession({ name, say }).try("check");
  return code === 0 ? undefined : { code, reason: errors };
}
