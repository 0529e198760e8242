import { setTimeout as wait } from "node:timers/promises";
import type { AdminClient } from "./admin.ts";
import { type EnvoyProcess, signalProcess } from "./envoy-process.ts";

/**
 * Ends an Envoy so that its clients notice as little as possible: it takes no new connections, asks clients to leave,
 * and ends when no request is left, at the latest after `drainMs`. An Envoy that does not answer is ended by signals;
 * `patienceMs` is how long each way to end it may take.
 */
export async function stopEnvoy(
  running: EnvoyProcess,
  admin: AdminClient,
  drainMs: number,
  patienceMs = 3_000,
): Promise<void> {
  let ended = false;
  const exited = running.exited.then(() => {
    ended = true;
  });
  const over = (ms: number): Promise<unknown> => Promise.race([exited, wait(ms, undefined, { ref: false })]);
  try {
    if (drainMs > 0) {
      await admin.drain();
      const deadline = performance.now() + drainMs;
      while (!ended && performance.now() < deadline && (await activeRequests(admin)) > 0) await over(50);
    }
    await admin.quit();
    await over(patienceMs);
  } catch {
    // No answer: what follows does not need one.
  }
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (ended) return;
    signalProcess(running.pid, signal);
    await over(patienceMs);
  }
}

async function activeRequests(admin: AdminClient): Promise<number> {
  let active = 0;
  for (const [name, value] of await admin.stats(/downstream_rq_active$/)) {
    if (!name.startsWith("http.admin.")) active += value;
  }
  return active;
}
