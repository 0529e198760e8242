import { setTimeout as wait } from "node:timers/promises";
import { cpuSeconds } from "./process-figures.ts";

/** A process that uses less of a processor than this, so many seconds on end, has nothing left to do. */
const QUIET_CORES = 0.1;
const QUIET_SECONDS = 3;
const GIVE_UP_SECONDS = 300;

/** Resolves once the process has done what it had to do. */
export async function awaitQuiet(pid: number): Promise<void> {
  let quiet = 0;
  for (let second = 0; quiet < QUIET_SECONDS; second++) {
    if (second > GIVE_UP_SECONDS) throw new Error(`process ${pid} is still busy after ${GIVE_UP_SECONDS} s`);
    const before = cpuSeconds(pid);
    await wait(1000);
    quiet = cpuSeconds(pid) - before < QUIET_CORES ? quiet + 1 : 0;
  }
}
