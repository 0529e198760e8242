import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ClusterProblem } from "./problem.ts";

const mountPoint = "/sys/fs/cgroup";
/** The controllers that the kubelet wants in cgroup v2. */
const wantedControllers = ["cpu", "cpuset", "memory", "pids", "io"];

/** Makes the cgroup under which the kubelet puts those of its pods: it makes no first one itself. */
export async function createCgroups(name: string): Promise<void> {
  const controllers = await readFile(join(mountPoint, "cgroup.controllers"), "utf8").catch(() => undefined);
  if (controllers !== undefined) return createUnified(name, controllers.trim().split(" "));
  for (const folder of await cgroupFolders(name)) {
    await mkdir(folder, { recursive: true });
    if (!folder.startsWith(join(mountPoint, "cpuset"))) continue;
    // A cpuset without processors and memory takes no process.
    await writeFile(join(folder, "cgroup.clone_children"), "1");
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      await writeFile(join(folder, file), await readFile(join(folder, "..", file), "utf8"));
    }
  }
}

/** Removes the cgroups; their processes must have been ended, and may take a moment to be gone. */
export async function removeCgroups(name: string): Promise<void> {
  for (const folder of await cgroupFolders(name)) {
    const until = Date.now() + 10_000;
    while (!(await removeTree(folder))) {
      if (Date.now() > until)
        throw new ClusterProblem(`the cgroup ${folder} cannot be removed: it still has processes`);
      await wait(50);
    }
  }
}

async function createUnified(name: string, controllers: readonly string[]): Promise<void> {
  const wanted = wantedControllers.filter((controller) => controllers.includes(controller)).map((each) => `+${each}`);
  const folder = join(mountPoint, name);
  await writeFile(join(mountPoint, "cgroup.subtree_control"), wanted.join(" "));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "cgroup.subtree_control"), wanted.join(" "));
}

/** The cluster's folder in every hierarchy: in cgroup v2 there is one hierarchy, right at the mount point. */
async function cgroupFolders(name: string): Promise<readonly string[]> {
  const entries = await readdir(mountPoint, { withFileTypes: true });
  if (entries.some((entry) => entry.name === "cgroup.controllers")) return [join(mountPoint, name)];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(mountPoint, entry.name, name));
}

/** Whether the folder and those in it are gone; a cgroup's files go with it. */
async function removeTree(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return true;
  for (const entry of entries) {
    if (entry.isDirectory() && !(await removeTree(join(folder, entry.name)))) return false;
  }
  return rmdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}
