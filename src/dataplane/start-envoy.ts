import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { AdminClient } from "./admin.ts";
import { type BootstrapOptions, bootstrap } from "./bootstrap.ts";
import type { EnvoyBinary } from "./envoy-install.ts";
import { bindFailure, bindFailureAdvice } from "./envoy-log.ts";
import { EnvoyProblem } from "./envoy-problem.ts";
import {
  adoptEnvoy,
  type EnvoyExit,
  type EnvoyProcess,
  envoyArguments,
  signalProcess,
  spawnEnvoy,
} from "./envoy-process.ts";
import { readRunningEnvoy, removeEnvoyState, writeEnvoyState } from "./envoy-state.ts";
import { processIdentity } from "./process-identity.ts";
import { stopEnvoy } from "./stop-envoy.ts";

/** Which Envoy runs where, and how. */
export interface EnvoySetup {
  readonly envoy: Pick<EnvoyBinary, "path" | "version">;
  readonly bootstrap: BootstrapOptions;
  /** A folder of this Envoy's own: bootstrap, logs, and the state by which a restarted Weir finds it again. */
  readonly folder: string;
  /** `beyond-weir`: traffic goes on when Weir dies, and the next Weir adopts the process. `with-weir`: it ends with it. */
  readonly lifetime: "with-weir" | "beyond-weir";
  /** Worker threads; Envoy's default is one per processor. */
  readonly concurrency?: number;
  /** Default: `warning`. */
  readonly logLevel?: string;
  /** How long requests may go on when Envoy is stopped. Default: 5000. */
  readonly drainMs?: number;
}

/** Names of the files in the folder of an Envoy. */
export const envoyFiles = {
  bootstrap: "bootstrap.json",
  state: "envoy.json",
  log: "envoy.log",
  output: "output.log",
} as const;

export const defaultDrainMs = 5_000;
const startTimeoutMs = 20_000;

/**
 * Starts an Envoy and waits until it answers on its admin interface.
 *
 * `lastLines` gives what it logged last. Throws an EnvoyProblem with them when Envoy ends or stays silent instead.
 */
export async function startEnvoy(
  setup: EnvoySetup,
  admin: AdminClient,
  lastLines: () => Promise<readonly string[]>,
): Promise<EnvoyProcess> {
  const { folder } = setup;
  const settings = setup.bootstrap;
  checkSocketPaths(settings);
  const configuration = `${JSON.stringify(bootstrap(settings), null, 2)}\n`;
  await writeFile(join(folder, envoyFiles.bootstrap), configuration, { mode: 0o600 });
  if (settings.admin.kind === "unix") await rm(settings.admin.path, { force: true });
  const started = await spawnEnvoy({
    binary: setup.envoy.path,
    arguments: argumentsOf(setup),
    logFile: join(folder, envoyFiles.log),
    outputFile: join(folder, envoyFiles.output),
    lifetime: setup.lifetime,
  });
  const identity = await processIdentity(started.pid);
  if (identity !== undefined) {
    const state = { pid: started.pid, identity, nodeId: settings.node.id, fingerprint: fingerprint(setup) };
    await writeEnvoyState(join(folder, envoyFiles.state), state);
  }
  await waitForAdmin(started, settings.node.id, admin, join(folder, envoyFiles.log), lastLines);
  return started;
}

/**
 * The Envoy that an earlier Weir started in this folder, if it still runs, is that very process, and runs as a new one
 * would. One that runs in another way is stopped, and `onReplaced` told its number.
 */
export async function adoptRunningEnvoy(
  setup: EnvoySetup,
  admin: AdminClient,
  released: AbortSignal,
  onReplaced: (pid: number) => void,
): Promise<EnvoyProcess | undefined> {
  const stateFile = join(setup.folder, envoyFiles.state);
  const state = await readRunningEnvoy(stateFile);
  if (state === undefined) return undefined;
  const found = adoptEnvoy(state.pid, state.identity, released);
  if (
    setup.lifetime === "beyond-weir" &&
    state.fingerprint === fingerprint(setup) &&
    (await answersAs(setup.bootstrap.node.id, admin))
  ) {
    await admin.call("POST", `/logging?level=${logLevelOf(setup)}`);
    return found;
  }
  await stopEnvoy(found, admin, setup.drainMs ?? defaultDrainMs);
  await removeEnvoyState(stateFile);
  onReplaced(state.pid);
  return undefined;
}

function answersAs(nodeId: string, admin: AdminClient): Promise<boolean> {
  return admin.serverInfo().then(
    (info) => info.nodeId === nodeId,
    () => false,
  );
}

async function waitForAdmin(
  started: EnvoyProcess,
  nodeId: string,
  admin: AdminClient,
  logFile: string,
  lastLines: () => Promise<readonly string[]>,
): Promise<void> {
  let exit: EnvoyExit | undefined;
  void started.exited.then((ended) => {
    exit = ended;
  });
  const deadline = performance.now() + startTimeoutMs;
  while (exit === undefined) {
    if (await answersAs(nodeId, admin)) return;
    if (performance.now() > deadline) {
      signalProcess(started.pid, "SIGKILL");
      throw new EnvoyProblem(
        "envoy-not-ready",
        `Envoy did not answer on its admin interface within ${startTimeoutMs / 1000} s`,
        `See ${logFile}.`,
      );
    }
    await wait(20);
  }
  throw exitProblem(exit, await lastLines(), logFile);
}

function exitProblem(exit: EnvoyExit, lastLines: readonly string[], logFile: string): EnvoyProblem {
  const failure = lastLines.map(bindFailure).find((found) => found !== undefined);
  if (failure !== undefined) {
    const { message, hint } = bindFailureAdvice(failure, "Then start Weir again.");
    return new EnvoyProblem("envoy-exited", message, hint);
  }
  const how = exit.signal === undefined ? `exit code ${exit.code ?? "unknown"}` : `signal ${exit.signal}`;
  const said = lastLines.length === 0 ? "it said nothing" : lastLines.join("\n");
  return new EnvoyProblem("envoy-exited", `Envoy ended while starting (${how}): ${said}`, `See ${logFile}.`);
}

function argumentsOf(setup: EnvoySetup): readonly string[] {
  return envoyArguments({
    configurationFile: join(setup.folder, envoyFiles.bootstrap),
    logLevel: logLevelOf(setup),
    drainSeconds: Math.max(1, Math.ceil((setup.drainMs ?? defaultDrainMs) / 1000)),
    ...(setup.concurrency === undefined ? {} : { concurrency: setup.concurrency }),
  });
}

function logLevelOf(setup: EnvoySetup): string {
  return setup.logLevel ?? "warning";
}

/** Hash of everything that takes effect only in a new process. The log level is not among it. */
function fingerprint(setup: EnvoySetup): string {
  const args = argumentsOf({ ...setup, logLevel: "any" });
  const parts = [setup.envoy.path, setup.envoy.version, args, bootstrap(setup.bootstrap)];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** A socket address holds 108 bytes on Linux and 104 on macOS, with the final zero. */
function checkSocketPaths(settings: BootstrapOptions): void {
  const paths = [settings.admin, settings.controlPlane].flatMap((end) => (end.kind === "unix" ? [end.path] : []));
  for (const path of paths) {
    if (Buffer.byteLength(path) <= 103) continue;
    throw new EnvoyProblem(
      "envoy-not-ready",
      `the path ${path} is too long for a socket`,
      "Choose a shorter one with --state-directory.",
    );
  }
}
