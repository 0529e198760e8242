import { access, constants, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { runCommand } from "./command.ts";
import { ClusterProblem, unavailable } from "./problem.ts";

/** Debian's package for each command that the cluster is made of. The network plugins are no commands of a PATH. */
const packages = [
  { command: "containerd", name: "containerd" },
  { command: "ctr", name: "containerd" },
  { command: "runc", name: "runc" },
  { command: "etcd", name: "etcd-server" },
  { command: "nft", name: "nftables" },
  { command: "iptables", name: "iptables" },
  { command: "ip", name: "iproute2" },
  { command: "conntrack", name: "conntrack" },
  { command: "nsenter", name: "util-linux" },
  { command: "unshare", name: "util-linux" },
  { command: "mount", name: "mount" },
] as const;

const pluginFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/** Debian keeps administrators' commands in folders that are not on every root's PATH; Go's own installation is on nobody's by itself. */
export function searchedFolders(environment: NodeJS.ProcessEnv): readonly string[] {
  const onPath = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...new Set([...onPath, "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/go/bin"])];
}

/** Throws a ClusterProblem with exit code 69 that names what is missing and cannot be installed here. */
export async function ensureRequirements(
  environment: NodeJS.ProcessEnv,
  say: (message: string) => void,
): Promise<void> {
  checkMachine();
  const missing = await missingPackages(environment);
  if (missing.length === 0) return;
  if ((await findCommand("apt-get", environment)) === undefined) {
    throw new ClusterProblem(`missing here: ${missing.join(", ")} (as Debian names them)`, unavailable);
  }
  say(`installing ${missing.join(", ")}`);
  try {
    await installPackages(missing, environment);
  } catch (error) {
    throw error instanceof ClusterProblem ? new ClusterProblem(error.message, unavailable) : error;
  }
  const still = await missingPackages(environment);
  if (still.length > 0) throw new ClusterProblem(`not installed by apt-get: ${still.join(", ")}`, unavailable);
}

/** What `check` does: the same as ensureRequirements, but nothing is installed. */
export async function checkRequirements(environment: NodeJS.ProcessEnv): Promise<void> {
  checkMachine();
  const missing = await missingPackages(environment);
  if (missing.length === 0 || (await findCommand("apt-get", environment)) !== undefined) return;
  throw new ClusterProblem(`missing here: ${missing.join(", ")} (as Debian names them)`, unavailable);
}

export async function findCommand(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of searchedFolders(environment)) {
    const path = join(folder, name);
    if (await allows(path, constants.X_OK)) return path;
  }
  return undefined;
}

/** The folder that has the network plugins which the cluster uses. */
export async function findPluginFolder(): Promise<string | undefined> {
  for (const folder of pluginFolders) {
    const found = await Promise.all(
      ["bridge", "host-local", "portmap", "loopback"].map((name) => allows(join(folder, name), constants.X_OK)),
    );
    if (found.every((there) => there)) return folder;
  }
  return undefined;
}

function checkMachine(): void {
  if (process.platform !== "linux") throw new ClusterProblem("a cluster needs Linux", unavailable);
  if (process.getuid?.() !== 0)
    throw new ClusterProblem("a cluster needs root, for namespaces and cgroups", unavailable);
}

async function missingPackages(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const { command, name } of packages) {
    if ((await findCommand(command, environment)) === undefined) missing.add(name);
  }
  if ((await findPluginFolder()) === undefined) missing.add("containernetworking-plugins");
  return [...missing];
}

/** Debian starts the services of what it installs unless this file says no; the cluster runs its own. */
const servicePolicy = "/usr/sbin/policy-rc.d";

async function installPackages(names: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const quiet = { environment: { ...environment, DEBIAN_FRONTEND: "noninteractive" } };
  const hasPolicy = await allows(servicePolicy, constants.F_OK);
  if (!hasPolicy) await writeFile(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await runCommand("apt-get", ["update"], quiet);
    await runCommand("apt-get", ["install", "--yes", "--no-install-recommends", ...names], quiet);
  } finally {
    if (!hasPolicy) await rm(servicePolicy, { force: true });
  }
}

function allows(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
