import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processIdentity } from "../dataplane/process-identity.ts";
import { numberAt, textAt } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";

/** What a running control plane leaves in its state directory, so that commands find it. */
export interface RunningInstance {
  readonly pid: number;
  /** `http://127.0.0.1:9347`. */
  readonly url: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

function instanceFile(stateDirectory: string): string {
  return join(stateDirectory, "running.json");
}

/** The control plane that runs on this state directory; undefined where none does, whatever an earlier one left behind. */
export async function readRunningInstance(stateDirectory: string): Promise<RunningInstance | undefined> {
  let written: Json;
  try {
    written = JSON.parse(await readFile(instanceFile(stateDirectory), "utf8"));
  } catch {
    return undefined;
  }
  const pid = numberAt(written, "pid");
  const url = textAt(written, "url");
  const startedAt = textAt(written, "startedAt") ?? "";
  if (pid === undefined || url === undefined) return undefined;
  return (await isRunning(pid, textAt(written, "identity"))) ? { pid, url, startedAt } : undefined;
}

export async function writeRunningInstance(stateDirectory: string, instance: RunningInstance): Promise<void> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const draft = `${instanceFile(stateDirectory)}.${instance.pid}`;
  const identity = await processIdentity(instance.pid);
  await writeFile(draft, `${JSON.stringify({ ...instance, identity })}\n`, { mode: 0o600 });
  await rename(draft, instanceFile(stateDirectory));
}

export async function removeRunningInstance(stateDirectory: string): Promise<void> {
  await rm(instanceFile(stateDirectory), { force: true });
}

/** After a restart of the machine the number may be another process's: the identity tells. */
async function isRunning(pid: number, identity: string | undefined): Promise<boolean> {
  return identity === undefined ? isAlive(pid) : (await processIdentity(pid)) === identity;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
