import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { runCommand } from "./command.ts";
import { addresses, type ClusterPlaces, nodeName } from "./places.ts";
import { ClusterProblem } from "./problem.ts";
import { childOf, type ProcessRecords } from "./processes.ts";

/** The record of the process that makes the namespaces; its child, process 1 in them, keeps them. */
export const namespacesName = "namespaces";

/**
 * The kubelet sets these for the whole machine. In the cluster's mount namespace files of its own stand in their places,
 * with the values that it wants.
 */
const kernelSettings = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
} as const;

/**
 * Runs as process 1. Mounts of the machine still arrive, none of the cluster's gets out, and all of them go with the
 * namespace. /run, /var/log and /var/lib/cni have paths that containerd, the kubelet and the network plugins take for granted.
 */
const setUp = `set -e
state=$1; pause=$2; name=$3
mount --make-rshared /
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock
mount --bind "$state/var-log" /var/log
mount --bind "$state/var-lib-cni" /var/lib/cni
for setting in ${Object.keys(kernelSettings).join(" ")}; do
  [ ! -e "/proc/sys/$setting" ] || mount --bind "$state/kernel/$(basename "$setting")" "/proc/sys/$setting"
done
hostname "$name"
touch "$state/namespaces-ready"
exec "$pause"
`;

/** Makes the cluster's namespaces (mount, process, network, host name, IPC) and its network; resolves to their process 1. */
export async function createNamespaces(
  { state }: ClusterPlaces,
  records: ProcessRecords,
  pause: string,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const kernel = join(state, "kernel");
  const folders = [kernel, join(state, "var-log"), join(state, "var-lib-cni"), "/var/lib/cni"];
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  for (const [setting, value] of Object.entries(kernelSettings)) {
    await writeFile(join(kernel, setting.slice(setting.lastIndexOf("/") + 1)), `${value}\n`);
  }
  const unshare = [
    "unshare",
    "--mount",
    "--pid",
    "--net",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child",
    "--propagation",
    "slave",
  ];
  const { pid } = await records.start(
    namespacesName,
    [...unshare, "sh", "-c", setUp, "sh", state, pause, nodeName],
    environment,
  );
  const until = Date.now() + 10_000;
  while (!(await exists(join(state, "namespaces-ready")))) {
    if (Date.now() > until || !(await records.running()).has(namespacesName)) {
      throw new ClusterProblem(`the namespaces cannot be made; see ${records.logFile(namespacesName)}`);
    }
    await wait(20);
  }
  const first = await childOf(pid);
  if (first === undefined) throw new ClusterProblem("the process that keeps the namespaces has ended");
  await createNetwork(first, environment);
  return first;
}

/** The words before a command that shall run among the cluster's processes. */
export function insideAll(first: number): readonly string[] {
  return ["nsenter", `--target=${first}`, "--mount", "--pid", "--net", "--uts", "--ipc", "--"];
}

/** The words before a command that needs the cluster's network only, and otherwise stays a process of the machine. */
export function insideNetwork(first: number): readonly string[] {
  return ["nsenter", `--net=${networkNamespace(first)}`, "--"];
}

export function networkNamespace(first: number): string {
  return `/proc/${first}/ns/net`;
}

/** Process 1 of the running cluster's namespaces. */
export async function findFirstProcess(records: ProcessRecords): Promise<number | undefined> {
  const keeper = (await records.running()).get(namespacesName);
  return keeper === undefined ? undefined : await childOf(keeper.pid);
}

/**
 * The node's address stands on a bridge without ports: not every kernel has a dummy device. The default route leads to
 * it too, so that addresses of Services have a route to be sent on, and kube-proxy can answer for them.
 */
async function createNetwork(first: number, environment: NodeJS.ProcessEnv): Promise<void> {
  const [nsenter = "", ...inside] = insideAll(first);
  const bridge = "weir0";
  const commands = [
    "ip link set lo up",
    `ip link add ${bridge} type bridge`,
    `ip address add ${addresses.node}/${addresses.nodeLength} dev ${bridge}`,
    `ip link set ${bridge} up`,
    `ip route add default dev ${bridge} src ${addresses.node}`,
    "echo 1 >/proc/sys/net/ipv4/ip_forward",
    "! [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables",
  ];
  await runCommand(nsenter, [...inside, "sh", "-e", "-c", commands.join("\n")], { environment });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
