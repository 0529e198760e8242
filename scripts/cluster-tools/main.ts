/** The commands of scripts/cluster. */
import { delimiter } from "node:path";
import { parseArgs } from "node:util";
import { buildPrograms, programFolder, unbuiltPrograms } from "./binaries.ts";
import {
  type ClusterContext,
  down,
  loadLocalImages,
  loadOlderWeir,
  partStatuses,
  requireFirstProcess,
  startStoppedPart,
  stopPart,
  up,
} from "./cluster.ts";
import { type LocalImageName, localImages } from "./images.ts";
import { loadImage } from "./load-image.ts";
import { withLock } from "./lock.ts";
import { tryMachine } from "./machine.ts";
import { networkNamespace } from "./namespaces.ts";
import { kubernetes, partNames } from "./parts.ts";
import { findClusterPlaces } from "./places.ts";
import { ClusterProblem, unavailable } from "./problem.ts";
import { checkRequirements, ensureRequirements, findCommand, searchedFolders } from "./requirements.ts";

const usage = `Usage: scripts/cluster COMMAND

  check [--built]    says whether this machine can run a cluster (at once, without building): exit code 69 and the reason when not
  prepare            installs and builds what \`up\` needs and starts nothing
  up                 builds and starts what is missing, and waits until the node is ready
  down               ends the cluster and removes all of it but the built programs
  status [--json]    what runs
  images [NAME...]   makes images from this machine and loads them: ${Object.keys(localImages).join(", ")} (default: all)
  older-weir COMMIT  makes the image of Weir as it was at a commit, and loads it as weir/weir:COMMIT
  load-image ...     loads an archive, or an image made of a folder or a program; --help tells more
  kubectl ARGS...    kubectl, as administrator
  exec -- COMMAND    a command in the cluster's network, with KUBECONFIG set and kubectl on PATH
  stop PART          ends one part of the cluster, as \`status\` names it
  start PART         starts it again

WEIR_CLUSTER names the cluster; several can stand side by side. Default: weir.
`;

const say = (message: string): void => void process.stderr.write(`cluster: ${message}\n`);

async function main(command: string | undefined, args: readonly string[]): Promise<void> {
  const environment = { ...process.env, PATH: searchedFolders(process.env).join(delimiter) };
  const context: ClusterContext = { places: findClusterPlaces(process.env), environment, say };
  const locked = (work: () => Promise<void>): Promise<void> => withLock(`${context.places.state}.lock`, work);
  switch (command) {
    case "check":
      return check(args, context);
    case "prepare":
      return prepare(context);
    case "up": {
      const since = performance.now();
      await locked(() => up(context));
      say(
        `up after ${((performance.now() - since) / 1000).toFixed(1)} s; the kubeconfig is ${context.places.kubeconfig}`,
      );
      return;
    }
    case "down":
      return locked(() => down(context));
    case "status":
      return status(args, context);
    case "images":
      return locked(() => loadLocalImages(imageNames(args), context));
    case "older-weir":
      return locked(() => loadOlderWeir(commitName(args), context));
    case "load-image":
      return loadImage(args, context);
    case "kubectl":
      return enter([kubernetes(context.places, "kubectl"), ...args], context);
    case "exec":
      return enter(args[0] === "--" ? args.slice(1) : args, context);
    case "stop":
      return stopPart(partName(args), context);
    case "start":
      return startStoppedPart(partName(args), context);
    default:
      process.stderr.write(usage);
      process.exitCode = command === undefined || command === "help" || command === "--help" ? 0 : 64;
  }
}

/** Becomes the command: its exit code and the signals that it gets are its own. */
async function enter(command: readonly string[], context: ClusterContext): Promise<void> {
  if (command.length === 0) throw new ClusterProblem("exec needs a command", 64);
  const { places, environment } = context;
  const namespace = networkNamespace(await requireFirstProcess(context));
  const nsenter = await findCommand("nsenter", environment);
  if (nsenter === undefined || process.execve === undefined) throw new ClusterProblem("nsenter is not installed");
  const path = [programFolder(places.cache, "kubernetes"), environment.PATH].join(delimiter);
  process.execve(nsenter, [nsenter, `--net=${namespace}`, "--", ...command], {
    ...environment,
    PATH: path,
    KUBECONFIG: places.kubeconfig,
  });
}

async function status(args: readonly string[], context: ClusterContext): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: "boolean" } } });
  const parts = await partStatuses(context);
  const first = parts[0]?.process === undefined ? undefined : await requireFirstProcess(context);
  const isUp = parts.every(({ process }) => process !== undefined);
  const { name, kubeconfig, state } = context.places;
  if (values.json === true) {
    const namespace = first === undefined ? {} : { networkNamespace: networkNamespace(first) };
    const processes = Object.fromEntries(parts.map((part) => [part.name, part.process?.pid ?? null]));
    process.stdout.write(
      `${JSON.stringify({ name, up: isUp, kubeconfig, state, ...namespace, processes }, null, 2)}\n`,
    );
  } else {
    const lines = parts.map((part) => `${part.name.padEnd(24)} ${part.process?.pid ?? "does not run"}`);
    process.stdout.write(`${lines.join("\n")}\n`);
    if (first !== undefined) process.stdout.write(`\nnetwork: ${networkNamespace(first)}\nkubeconfig: ${kubeconfig}\n`);
  }
  process.exitCode = isUp ? 0 : 1;
}

function imageNames(args: readonly string[]): readonly LocalImageName[] {
  const known = (name: string): name is LocalImageName => Object.hasOwn(localImages, name);
  const unknown = args.filter((name) => !known(name));
  if (unknown.length > 0) {
    throw new ClusterProblem(`no image ${unknown.join(", ")}; there are ${Object.keys(localImages).join(", ")}`, 64);
  }
  return args.length === 0 ? Object.keys(localImages).filter(known) : args.filter(known);
}

/** A name that can be an image's tag as well. */
function commitName(args: readonly string[]): string {
  const [name = "", ...rest] = args;
  if (/^[\w][\w.-]{0,127}$/.test(name) && rest.length === 0) return name;
  throw new ClusterProblem("name one commit by its number or a tag", 64);
}

function partName(args: readonly string[]): string {
  const [name = "", ...rest] = args;
  const known: readonly string[] = partNames;
  if (known.includes(name) && rest.length === 0) return name;
  throw new ClusterProblem(`name one of ${partNames.join(", ")}`, 64);
}

async function check(args: readonly string[], { places, environment }: ClusterContext): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { built: { type: "boolean" } } });
  await checkRequirements(environment);
  await tryMachine(places, environment);
  const unbuilt = await unbuiltPrograms(places.cache);
  if (unbuilt.length === 0) return;
  const missing = `${unbuilt.join(", ")} must be built first`;
  if (values.built === true) throw new ClusterProblem(`${missing}; \`scripts/cluster prepare\` does that`, unavailable);
  if ((await findCommand("go", environment)) === undefined) {
    throw new ClusterProblem(`${missing}, and Go is not installed`, unavailable);
  }
}

async function prepare({ places, environment, say: tell }: ClusterContext): Promise<void> {
  await ensureRequirements(environment, tell);
  await tryMachine(places, environment);
  await buildPrograms(places.cache, environment, tell);
}

const [command, ...args] = process.argv.slice(2);
try {
  await main(command, args);
} catch (error) {
  if (!(error instanceof ClusterProblem)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
