/** Pods as the API tells of them, and their processes as the node has them. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { delimiter } from "node:path";
import { runCommand } from "../../../scripts/cluster-tools/command.ts";
import { searchedFolders } from "../../../scripts/cluster-tools/requirements.ts";
import type { ClusterSession } from "../../../scripts/cluster-tools/session.ts";
import { listAt, numberAt, textAt } from "../../../src/model/json.ts";

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  /** Of its first container. */
  readonly image: string;
  readonly restarts: number;
  /** Whether its end was asked for. */
  readonly leaves: boolean;
}

/** The pods of a Deployment. */
export interface Workload {
  readonly namespace: string;
  readonly deployment: string;
  readonly selector: string;
}

/** All pods there are, those that leave included. */
export async function podsOf(cluster: ClusterSession, { namespace, selector }: Workload): Promise<readonly Pod[]> {
  const found = await cluster.get("pods", "--namespace", namespace, "--selector", selector);
  return listAt(found, "items").map((pod) => ({
    namespace,
    name: textAt(pod, "metadata", "name") ?? "",
    uid: textAt(pod, "metadata", "uid") ?? "",
    address: textAt(pod, "status", "podIP") ?? "",
    image: textAt(pod, "spec", "containers", 0, "image") ?? "",
    restarts: numberAt(pod, "status", "containerStatuses", 0, "restartCount") ?? 0,
    leaves: textAt(pod, "metadata", "deletionTimestamp") !== undefined,
  }));
}

/** Waits until a Deployment has become what it is to be, and none of the pods before it are left. */
export async function replaced(cluster: ClusterSession, workload: Workload, before: readonly Pod[]): Promise<void> {
  const { namespace, deployment } = workload;
  const wait = ["--namespace", namespace, "--timeout=180s"];
  await cluster.kubectl("rollout", "status", `deployment/${deployment}`, ...wait);
  await cluster.kubectl("wait", "--for=delete", ...before.map(({ name }) => `pod/${name}`), ...wait);
  const after = await podsOf(cluster, workload);
  assert.deepEqual(
    after.filter(({ uid }) => before.some((old) => old.uid === uid)),
    [],
    "every pod was replaced",
  );
  assert.ok(after.length >= before.filter(({ leaves }) => !leaves).length, "as many pods as before");
}

/** Process numbers of the machine: the one that holds the pod's network, and those of its containers. */
export interface PodProcesses {
  readonly sandbox: number;
  readonly containers: readonly number[];
}

export async function processesOf({ uid }: Pod): Promise<PodProcesses> {
  const found: { readonly pid: number; readonly program: string }[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    // Processes end while they are looked at.
    const read = (name: string): Promise<string> => readFile(`/proc/${entry}/${name}`, "utf8").catch(() => "");
    if ((await read("cgroup")).includes(`/pod${uid}/`)) found.push({ pid: Number(entry), program: await read("comm") });
  }
  const sandbox = found.find(({ program }) => program.trim() === "pause");
  assert.ok(sandbox !== undefined, "the pod runs on this machine");
  return { sandbox: sandbox.pid, containers: found.filter((each) => each !== sandbox).map(({ pid }) => pid) };
}

/**
 * Lets nothing through between a pod and `address`, or between it and anybody, without a word to either side. The result lets it through
 * again.
 */
export async function cutNetwork(pod: Pod, address?: string): Promise<() => Promise<void>> {
  const { sandbox } = await processesOf(pod);
  const table = "inet weir-test-cut";
  const rule = (side: "saddr" | "daddr"): string => (address === undefined ? "drop" : `ip ${side} ${address} drop`);
  const environment = { ...process.env, PATH: searchedFolders(process.env).join(delimiter) };
  const inside = [`--net=/proc/${sandbox}/ns/net`, "--", "nft", "--file", "-"];
  const nft = (input: string): Promise<string> => runCommand("nsenter", inside, { input, environment });
  await nft(`table ${table} {
    chain incoming { type filter hook input priority -300; ${rule("saddr")}; }
    chain outgoing { type filter hook output priority -300; ${rule("daddr")}; }
  }`);
  return async () => void (await nft(`delete table ${table}`));
}

/** Addresses of those who have a connection to a port of the pod. */
export async function connectedTo(pod: Pod, port: number): Promise<ReadonlySet<string>> {
  const { sandbox } = await processesOf(pod);
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/${sandbox}/net/${name}`, "utf8")));
  return new Set(tables.flatMap((table) => establishedPeers(table, port)));
}

/** Lines of /proc/net/tcp (proc(5)): number, local and remote address as hexadecimal words of the machine's order, state (01: established). */
function establishedPeers(table: string, port: number): readonly string[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", remote = "", state] = line.trim().split(/\s+/);
    const isWanted = state === "01" && Number.parseInt(local.split(":")[1] ?? "", 16) === port;
    return isWanted ? [addressOf(remote)] : [];
  });
}

/** An IPv4 address; where sockets are of IPv6 it stands in the last word. */
function addressOf(text: string): string {
  const bytes = (text.split(":")[0] ?? "").slice(-8).match(/../g) ?? [];
  return bytes
    .map((byte) => Number.parseInt(byte, 16))
    .reverse()
    .join(".");
}
