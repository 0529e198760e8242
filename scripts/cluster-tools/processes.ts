import { spawn } from "node:child_process";
import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** A process on record. The start time tells it from another that has got its number since. */
export interface RecordedProcess {
  readonly name: string;
  readonly pid: number;
  /** In clock ticks since the machine started: field 22 of /proc/PID/stat. */
  readonly startTime: string;
}

export interface ProcessRecords {
  /** Starts a process that outlives this one, with its output in `logs/NAME.log`, and puts it on record. */
  start(name: string, command: readonly string[], environment: NodeJS.ProcessEnv): Promise<RecordedProcess>;
  /** Those on record that still run, by name. */
  running(): Promise<ReadonlyMap<string, RecordedProcess>>;
  logFile(name: string): string;
}

export function openProcessRecords(state: string): ProcessRecords {
  const folder = join(state, "processes");
  const logFile = (name: string): string => join(state, "logs", `${name}.log`);
  return {
    logFile,
    async start(name, command, environment) {
      await Promise.all([mkdir(folder, { recursive: true }), mkdir(join(state, "logs"), { recursive: true })]);
      const log = await open(logFile(name), "a");
      try {
        const [program = "", ...args] = command;
        const child = spawn(program, args, { detached: true, stdio: ["ignore", log.fd, log.fd], env: environment });
        const pid = await new Promise<number>((resolve, reject) => {
          child.once("error", reject);
          child.once("spawn", () => resolve(child.pid ?? 0));
        });
        child.unref();
        const recorded = { name, pid, startTime: (await startTimeOf(pid)) ?? "" };
        await writeFile(join(folder, `${name}.json`), JSON.stringify(recorded));
        return recorded;
      } finally {
        await log.close();
      }
    },
    async running() {
      const running = new Map<string, RecordedProcess>();
      for (const file of await readdir(folder).catch(() => [])) {
        const recorded = parseRecord(await readFile(join(folder, file), "utf8"));
        if (recorded === undefined || !(await isRunning(recorded))) await rm(join(folder, file), { force: true });
        else running.set(recorded.name, recorded);
      }
      return running;
    },
  };
}

export async function isRunning({ pid, startTime }: RecordedProcess): Promise<boolean> {
  return (await startTimeOf(pid)) === startTime;
}

/** Ends a process and, for one that was started through nsenter or unshare, the process behind it. */
export async function endProcess(recorded: RecordedProcess, graceMs: number): Promise<void> {
  if (!(await isRunning(recorded))) return;
  const behind = await childOf(recorded.pid);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (signal === "SIGTERM" && graceMs === 0) continue;
    signalProcess(behind ?? recorded.pid, signal);
    if (signal === "SIGKILL") signalProcess(recorded.pid, signal);
    const until = Date.now() + (signal === "SIGKILL" ? 5_000 : graceMs);
    while (Date.now() < until) {
      if (!(await isRunning(recorded))) return;
      await wait(20);
    }
  }
}

/** The first child of a process. */
export async function childOf(pid: number): Promise<number | undefined> {
  for (const entry of await readdir("/proc")) {
    if (/^\d+$/.test(entry) && (await statFields(Number(entry)))?.[1] === String(pid)) return Number(entry);
  }
  return undefined;
}

export async function startTimeOf(pid: number): Promise<string | undefined> {
  const fields = await statFields(pid);
  // A zombie has ended.
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

/** The fields of /proc/PID/stat from the third, the state, on: the name before them may contain anything. */
async function statFields(pid: number): Promise<readonly string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

export function parseRecord(text: string): RecordedProcess | undefined {
  try {
    const { name, pid, startTime }: Partial<RecordedProcess> = JSON.parse(text);
    if (typeof name !== "string" || typeof pid !== "number" || typeof startTime !== "string") return undefined;
    return { name, pid, startTime };
  } catch {
    return undefined;
  }
}
