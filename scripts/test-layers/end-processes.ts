import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/** Environment variable by which a command's descendants are known, those too that left its process group. */
export const runVariable = "TEST_RUN_OF_WEIR";

/** What a process gets to end by itself, and what a killed one may take to be gone. */
const graceMs = 10_000;

/**
 * Ends a command and all that it started: asks its process group to end, and kills what is left of it. Where there is no /proc,
 * descendants that made a group of their own are not found.
 * @param run what the command got as `runVariable`.
 */
export async function endProcesses(group: number, run: string): Promise<void> {
  signal(-group, "SIGTERM");
  await until(() => !signal(-group, 0));
  signal(-group, "SIGKILL");
  await until(async () => {
    const left = await processesOf(run);
    for (const pid of left) signal(pid, "SIGKILL");
    return left.length === 0;
  });
}

async function processesOf(run: string): Promise<readonly number[]> {
  const entries = await readdir("/proc").catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    // Of a process that has ended, and of one that is another user's, nothing can be read.
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").includes(`${runVariable}=${run}`)) found.push(pid);
  }
  return found;
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + graceMs;
  while (!(await done()) && performance.now() < end) await wait(50);
}

/** Whether there was a process to signal. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
