import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { envoyLogFormat } from "./envoy-log.ts";
import { processIdentity } from "./process-identity.ts";

/** One Envoy that runs, started by this process or by an earlier one. */
export interface EnvoyProcess {
  readonly pid: number;
  readonly adopted: boolean;
  /** Resolves when it has ended; the exit code or signal is known only of one that was started here. */
  readonly exited: Promise<EnvoyExit>;
}

export interface EnvoyExit {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
}

export interface SpawnOptions {
  readonly binary: string;
  readonly arguments: readonly string[];
  /** Files that Envoy's log and its standard output are appended to. */
  readonly logFile: string;
  readonly outputFile: string;
  /** `with-weir`: ends when this process ends, however that happens. `beyond-weir`: goes on. */
  readonly lifetime: "with-weir" | "beyond-weir";
}

/** The arguments that Weir starts Envoy with. */
export function envoyArguments(options: {
  readonly configurationFile: string;
  readonly logLevel: string;
  readonly concurrency?: number;
  readonly drainSeconds: number;
}): readonly string[] {
  return [
    ...["--config-path", options.configurationFile],
    ...["--log-level", options.logLevel, "--log-format", envoyLogFormat],
    // Connections are told to leave at once, and gone when the time is over.
    ...["--drain-time-s", String(options.drainSeconds), "--drain-strategy", "immediate"],
    // Nobody should wait 10 s for an access log line.
    ...["--file-flush-interval-msec", "500"],
    ...(options.concurrency === undefined ? [] : ["--concurrency", String(options.concurrency)]),
    "--disable-hot-restart",
  ];
}

/**
 * The shell becomes Envoy; before, it leaves a watcher behind that waits on descriptor 3. A line there means that Envoy
 * has ended and all is well; the end of the file without one means that Weir has died.
 */
const guard = '(read -r _ <&3 || kill -TERM "$$") >/dev/null 2>&1 & exec 3<&-; exec "$@"';

export async function spawnEnvoy(options: SpawnOptions): Promise<EnvoyProcess> {
  const log = await open(options.logFile, "a", 0o600);
  const output = await open(options.outputFile, "a", 0o600);
  try {
    const guarded = options.lifetime === "with-weir";
    const [command, args] = guarded
      ? ["/bin/sh", ["-c", guard, "sh", options.binary, ...options.arguments]]
      : [options.binary, options.arguments];
    const child = spawn(command, args, {
      stdio: guarded ? ["ignore", output.fd, log.fd, "pipe"] : ["ignore", output.fd, log.fd],
      // A group of its own: Ctrl-C in the terminal reaches Weir only, which then lets Envoy finish what it does.
      detached: true,
    });
    const exited = exitOf(child);
    await Promise.race([once(child, "spawn"), exited]);
    if (child.pid === undefined) throw new Error(`${options.binary} could not be started`);
    if (!guarded) child.unref();
    return { pid: child.pid, adopted: false, exited };
  } finally {
    await log.close();
    await output.close();
  }
}

function exitOf(child: ChildProcess): Promise<EnvoyExit> {
  const { promise, resolve, reject } = Promise.withResolvers<EnvoyExit>();
  child.on("error", reject);
  child.on("exit", (code, signal) => {
    const pipe = child.stdio[3];
    if (pipe !== undefined && pipe !== null && "write" in pipe) {
      // The watcher is gone already when it was it that ended Envoy.
      pipe.on("error", () => undefined);
      pipe.end("ended\n");
    }
    resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) });
  });
  return promise;
}

/** An Envoy that an earlier Weir started, known by its number and its `processIdentity`. */
export function adoptEnvoy(pid: number, identity: string, signal: AbortSignal): EnvoyProcess {
  const watch = async (): Promise<EnvoyExit> => {
    while (!signal.aborted && (await processIdentity(pid)) === identity) {
      await wait(250, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return {};
  };
  return { pid, adopted: true, exited: watch() };
}

/** Sends a signal; false when the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
