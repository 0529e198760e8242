/** Whether this machine lets a cluster be made: containers of CI systems are often without some of the rights of root. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createCgroups, removeCgroups } from "./cgroups.ts";
import { tryCommand } from "./command.ts";
import type { ClusterPlaces } from "./places.ts";
import { ClusterProblem, unavailable } from "./problem.ts";
import { findCommand } from "./requirements.ts";

interface Trial {
  /** What cannot be had where the trial fails. */
  readonly what: string;
  /** A command of which the script needs the package; without it there is no trial yet. */
  readonly needs?: string;
  /** Runs in namespaces of its own, in an empty folder of the file system on which the cluster's state stands. */
  readonly script: string;
}

const trials: readonly Trial[] = [
  { what: "namespaces", script: "mount -t proc proc /proc" },
  // The kubelet reads there when the kernel kills for want of memory, and does not start without it.
  { what: "reading the kernel's log", script: "head -c 0 /dev/kmsg" },
  {
    what: "overlay mounts",
    script:
      "mkdir lower upper work merged; mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay merged",
  },
  { what: "network bridges", needs: "ip", script: "ip link add trial0 type bridge" },
  {
    what: "translation of addresses by nftables",
    needs: "nft",
    script: "nft 'add table ip trial; add chain ip trial c { type nat hook prerouting priority dstnat; }'",
  },
];

const unshare = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child", "--propagation", "slave"];

/** Tries what a cluster does to the machine, on a small scale. Throws a ClusterProblem with exit code 69 that says what cannot be done. */
export async function tryMachine(places: ClusterPlaces, environment: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dirname(places.state), { recursive: true });
  const folder = await mkdtemp(`${places.state}.trial-`);
  try {
    for (const [index, { what, needs, script }] of trials.entries()) {
      if (needs !== undefined && (await findCommand(needs, environment)) === undefined) continue;
      const own = join(folder, String(index));
      await mkdir(own);
      const inside = ["sh", "-e", "-c", `cd "$1"; ${script}`, "sh", own];
      const { code, output, errors } = await tryCommand("unshare", [...unshare, ...inside], { environment });
      if (code !== 0) throw lacking(what, errors + output);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await tryCgroups(`${places.cgroup}-trial-${process.pid}`);
}

async function tryCgroups(name: string): Promise<void> {
  try {
    await createCgroups(name);
  } catch (error) {
    throw lacking("cgroups", String(error));
  } finally {
    await removeCgroups(name);
  }
}

function lacking(what: string, said: string): ClusterProblem {
  return new ClusterProblem(`this machine does not allow ${what}: ${said.trim()}`, unavailable);
}
