import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

/**
 * The process of a pod that runs this program, as this machine numbers it: the cluster's network is another one, its processes are not. Found by the
 * pod's cgroup.
 */
export async function podProcess(uid: string, program: string): Promise<number> {
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const cgroups = await readFile(`/proc/${entry}/cgroup`, "utf8").catch(() => "");
    if (!cgroups.includes(`pod${uid}`)) continue;
    const executable = await readlink(`/proc/${entry}/exe`).catch(() => "");
    if (basename(executable) === program) return Number(entry);
  }
  throw new Error(`no ${program} runs in the pod ${uid}`);
}
