import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ensureProgram } from "./binaries.ts";
import { type ClientName, writeCertificates } from "./certificates.ts";
import { createCgroups, removeCgroups } from "./cgroups.ts";
import { runCommand } from "./command.ts";
import { containerdSocket } from "./containerd.ts";
import { corednsObjects } from "./coredns.ts";
import { type ImageContext, type LocalImageName, withLocalImage, withOlderWeir } from "./images.ts";
import { writeKubeconfig } from "./kubeconfigs.ts";
import { createNamespaces, findFirstProcess, insideAll, insideNetwork, namespacesName } from "./namespaces.ts";
import { kubernetes, type Part, partNames, prepareParts } from "./parts.ts";
import { type ClusterPlaces, nodeName } from "./places.ts";
import { ClusterProblem } from "./problem.ts";
import { endProcess, openProcessRecords, type RecordedProcess } from "./processes.ts";
import { ensureRequirements } from "./requirements.ts";

export type ClusterContext = ImageContext;

export interface PartStatus {
  readonly name: string;
  readonly process: RecordedProcess | undefined;
}

/** How long the API server and the node may take; a first start on a busy machine is slow. */
const startMs = 120_000;

/** Builds what is not built, starts what does not run, and waits until the node and the name server are ready. */
export async function up(context: ClusterContext): Promise<void> {
  const { places, environment, say } = context;
  await ensureRequirements(environment, say);
  const pause = await ensureProgram(places.cache, "pause", environment, say);
  for (const name of ["kubernetes", "coredns"] as const) await ensureProgram(places.cache, name, environment, say);
  const records = openProcessRecords(places.state);
  let first = await findFirstProcess(records);
  if (first === undefined) {
    // What a crash, of the machine perhaps, left behind.
    await down(context);
    await mkdir(places.state, { recursive: true, mode: 0o700 });
    await writeCredentials(places);
    await createCgroups(places.cgroup);
    first = await createNamespaces(places, records, pause, environment);
  }
  const running = await records.running();
  for (const part of await prepareParts(places)) {
    if (!running.has(part.name)) await startPart(part, first, context);
  }
  await waitForContainerd(first, context);
  await Promise.all([
    loadMissing(["pause", "coredns"], first, context),
    waitForApi(context).then(() => kubectl(context, ["apply", "--filename=-"], list(corednsObjects))),
  ]);
  await untilDone("the node is not ready", () =>
    kubectl(context, ["wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=5s"]),
  );
  await kubectl(context, ["--namespace=kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s"]);
}

/** Ends the cluster and removes everything of it but the built programs. Without a cluster it does nothing. */
export async function down({ places }: ClusterContext): Promise<void> {
  const records = openProcessRecords(places.state);
  const running = await records.running();
  // With process 1 of the namespaces every process in them ends, and with those their mounts and network devices.
  const keeper = running.get(namespacesName);
  if (keeper !== undefined) await endProcess(keeper, 0);
  for (const recorded of running.values()) await endProcess(recorded, 0);
  await removeCgroups(places.cgroup);
  await rm(places.state, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** The parts and their processes, if they run. */
export async function partStatuses({ places }: ClusterContext): Promise<readonly PartStatus[]> {
  const running = await openProcessRecords(places.state).running();
  return [namespacesName, ...partNames].map((name) => ({ name, process: running.get(name) }));
}

/** Ends one part, so that tests can see what happens without it. */
export async function stopPart(name: string, { places }: ClusterContext): Promise<void> {
  const recorded = (await openProcessRecords(places.state).running()).get(name);
  if (recorded !== undefined) await endProcess(recorded, 10_000);
}

/** Starts one part that was stopped. */
export async function startStoppedPart(name: string, context: ClusterContext): Promise<void> {
  const first = await requireFirstProcess(context);
  if ((await openProcessRecords(context.places.state).running()).has(name)) return;
  const part = (await prepareParts(context.places)).find((each) => each.name === name);
  if (part === undefined) throw new ClusterProblem(`there is no part ${name}; there are ${partNames.join(", ")}`);
  await startPart(part, first, context);
}

export async function requireFirstProcess({ places }: ClusterContext): Promise<number> {
  const first = await findFirstProcess(openProcessRecords(places.state));
  if (first === undefined) throw new ClusterProblem("the cluster is not up; `scripts/cluster up` starts it");
  return first;
}

/** Makes images from what this machine has and loads them. */
export async function loadLocalImages(names: readonly LocalImageName[], context: ClusterContext): Promise<void> {
  const first = await requireFirstProcess(context);
  for (const name of names) await withLocalImage(name, context, (archive) => importArchive(archive, first, context));
}

/** Makes the image of Weir as it was at a commit, and loads it as `weir/weir:COMMIT`. */
export async function loadOlderWeir(commit: string, context: ClusterContext): Promise<void> {
  const first = await requireFirstProcess(context);
  await withOlderWeir(commit, context, (archive) => importArchive(archive, first, context));
}

/** Loads a docker-archive or OCI archive. */
export async function loadArchive(archive: string, context: ClusterContext): Promise<void> {
  await importArchive(archive, await requireFirstProcess(context), context);
}

async function writeCredentials({ state, kubeconfig }: ClusterPlaces): Promise<void> {
  const certificates = join(state, "certificates");
  await writeCertificates(certificates, new Date());
  const clients: readonly ClientName[] = ["node", "controller-manager", "scheduler", "proxy"];
  for (const client of clients)
    await writeKubeconfig(join(state, "kubeconfigs", `${client}.json`), certificates, client);
  await writeKubeconfig(kubeconfig, certificates, "admin");
}

async function startPart(
  { name, command }: Part,
  first: number,
  { places, environment }: ClusterContext,
): Promise<void> {
  await openProcessRecords(places.state).start(name, [...insideAll(first), ...command], environment);
}

async function importArchive(
  archive: string,
  first: number,
  { places, environment, say }: ClusterContext,
): Promise<void> {
  // The archive stands in the machine's mount namespace, in which a folder of it may be hidden from the cluster's.
  const visible = join(places.state, `import-${process.pid}.tar`);
  await cp(archive, visible);
  try {
    const [nsenter = "", ...inside] = insideAll(first);
    const output = await runCommand(nsenter, [...inside, ...ctr, "images", "import", visible], { environment });
    for (const [, name] of output.matchAll(/unpacking (\S+)/g)) say(`loaded ${name}`);
  } finally {
    await rm(visible, { force: true });
  }
}

async function loadMissing(names: readonly LocalImageName[], first: number, context: ClusterContext): Promise<void> {
  const [nsenter = "", ...inside] = insideAll(first);
  const there = await runCommand(nsenter, [...inside, ...ctr, "images", "list", "--quiet"], context);
  const missing = names.filter((name) => !there.includes(`/${name}:`));
  await loadLocalImages(missing, context);
}

const ctr = ["ctr", "--address", containerdSocket, "--namespace", "k8s.io"];

async function waitForContainerd(first: number, { environment }: ClusterContext): Promise<void> {
  const [nsenter = "", ...inside] = insideAll(first);
  await untilDone("containerd does not answer", () =>
    runCommand(nsenter, [...inside, ...ctr, "version"], { environment }),
  );
}

async function waitForApi(context: ClusterContext): Promise<void> {
  await untilDone("the API server is not ready", () => kubectl(context, ["get", "--raw=/readyz"]));
}

async function kubectl(context: ClusterContext, args: readonly string[], input?: string): Promise<string> {
  const { places, environment } = context;
  const [nsenter = "", ...inside] = insideNetwork(await requireFirstProcess(context));
  const command = [...inside, kubernetes(places, "kubectl"), `--kubeconfig=${places.kubeconfig}`, ...args];
  return runCommand(nsenter, command, { environment, ...(input === undefined ? {} : { input }) });
}

function list(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** Tries again until it works; the last failure is told when it never does. */
async function untilDone(what: string, attempt: () => Promise<unknown>): Promise<void> {
  const until = Date.now() + startMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!(error instanceof ClusterProblem)) throw error;
      if (Date.now() > until) throw new ClusterProblem(`${what}: ${error.message}`);
    }
    await wait(250);
  }
}
