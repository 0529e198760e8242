import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figures, report } from "../run.ts";
import { type ClusterRig, openClusterRig } from "./cluster-rig.ts";
import { clusterProblem, runInOwnCluster } from "./own-cluster.ts";

/** Set for the program that measures, which runs in the cluster's network. */
const WITHIN = "WEIR_BENCH_WITHIN";

/**
 * Like `report`, for a benchmark that needs a cluster: each run gets a cluster of its own. A benchmark's file runs twice: outside it brings the cluster up and starts itself again,
 * with the same arguments, in the cluster's network, where it measures.
 */
export async function reportInCluster<F extends Figures>(
  options: { readonly json: boolean; readonly runs: number },
  run: (rig: ClusterRig) => Promise<F>,
  by: (figures: F) => number,
): Promise<void> {
  if (process.env[WITHIN] !== undefined) return measure(run);
  const problem = await clusterProblem();
  if (problem !== undefined) {
    process.stderr.write(problem.reason);
    process.exitCode = problem.code;
    return;
  }
  const [, program = "", ...args] = process.argv;
  process.env[WITHIN] = "yes";
  const runOnce = async (): Promise<F> => {
    const figures: F = JSON.parse(await runInOwnCluster(program, args));
    return figures;
  };
  await report(options, runOnce, by);
}

async function measure<F extends Figures>(run: (rig: ClusterRig) => Promise<F>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "weir-bench-"));
  try {
    const rig = await openClusterRig(folder);
    process.stdout.write(`${JSON.stringify(await run(rig))}\n`);
    await rig.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
