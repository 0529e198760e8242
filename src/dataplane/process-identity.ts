import { readFile } from "node:fs/promises";
import { capture } from "./capture.ts";

/**
 * Tells a process from a later one with the same number: when it was started, as the system words it. Undefined when
 * there is no such process, or only the remains of one that has ended.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? linuxIdentity(pid) : psIdentity(pid);
}

async function linuxIdentity(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // proc_pid_stat(5): the name in parentheses may hold anything, so count from the last one: (3) state … (22) starttime.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ended = fields[0] === "Z" || fields[0] === "X";
  return ended ? undefined : fields[19];
}

async function psIdentity(pid: number): Promise<string | undefined> {
  const result = await capture("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { ...process.env, LC_ALL: "C" });
  const line = result.stdout.trim();
  return result.code !== 0 || line === "" || line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
}
