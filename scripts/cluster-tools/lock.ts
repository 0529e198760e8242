import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isRunning, parseRecord, startTimeOf } from "./processes.ts";

/** Does `work` while no other process does work under the same lock file. A lock whose owner has ended counts for nothing. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  const startTime = (await startTimeOf(process.pid)) ?? "";
  await writeFile(own, JSON.stringify({ name: "lock", pid: process.pid, startTime }));
  try {
    while (!(await succeeds(link(own, file)))) await waitForOwner(file, own);
  } finally {
    await rm(own, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Waits a moment while the lock is held, and takes it away from an owner that has ended. */
async function waitForOwner(file: string, own: string): Promise<void> {
  const owner = parseRecord(await readFile(file, "utf8").catch(() => ""));
  if (owner !== undefined && !(await isRunning(owner))) {
    // Of several that see this only one can rename it; a lock that was taken since is put back.
    const stale = `${own}.stale`;
    if (!(await succeeds(rename(file, stale)))) return;
    const moved = parseRecord(await readFile(stale, "utf8"));
    if (moved !== undefined && (await isRunning(moved))) await succeeds(link(stale, file));
    await rm(stale, { force: true });
    return;
  }
  await wait(100);
}

function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
