import { setTimeout as wait } from "node:timers/promises";
import type { ProbeAnswer, ProbeConnection } from "./probe-connection.ts";

export interface Arrival {
  /** From sending the write to the first 200, in milliseconds. */
  readonly ms: number;
  /** When the first 200 had come, on the clock of `performance.now()`. */
  readonly servedAt: number;
  /** Answers other than 404 before and 200 at the end, resets among them. */
  readonly errors: number;
}

/** How often a new route is tried, in milliseconds. */
const PROBE_EVERY_MS = 1;
/** A route that is not there by then has failed. */
const GIVE_UP_MS = 30_000;

/** Probes until the first 200, starting now, while `write` is under way. */
export async function awaitRoute(
  probe: ProbeConnection,
  host: string,
  path: string,
  write: () => Promise<unknown>,
): Promise<Arrival> {
  const start = performance.now();
  const written = write();
  let errors = 0;
  for (;;) {
    const before = performance.now();
    const answer = await probe.get(host, path);
    const now = performance.now();
    if (answer.kind === "answer" && answer.status === 200) {
      await written;
      return { ms: now - start, servedAt: now, errors };
    }
    if (answer.kind === "reset" || answer.status !== 404) errors++;
    if (now - start > GIVE_UP_MS) throw new Error(`${host}${path} was not served within ${GIVE_UP_MS} ms`);
    await wait(Math.max(0, PROBE_EVERY_MS - (now - before)));
  }
}

/** Resolves once each of the routes is served. */
export async function awaitServed(probe: ProbeConnection, routes: readonly ProbedRoute[]): Promise<void> {
  for (const { host, path } of routes) await awaitRoute(probe, host, path, async () => undefined);
}

export interface ProbedRoute {
  readonly host: string;
  readonly path: string;
}

/** Probes routes that are served already, in turn, until stopped; anything but 200 is an error. */
export class SteadyProbe {
  #errors = 0;
  #requests = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(probe: ProbeConnection, targets: readonly ProbedRoute[], everyMs: number) {
    this.#done = this.#run(probe, targets, everyMs);
  }

  async stop(): Promise<{ readonly errors: number; readonly requests: number }> {
    this.#stopped = true;
    await this.#done;
    return { errors: this.#errors, requests: this.#requests };
  }

  async #run(probe: ProbeConnection, targets: readonly ProbedRoute[], everyMs: number): Promise<void> {
    for (let index = 0; !this.#stopped; index++) {
      const target = targets[index % targets.length];
      if (target === undefined) return;
      const answer: ProbeAnswer = await probe.get(target.host, target.path);
      this.#requests++;
      if (answer.kind === "reset" || answer.status !== 200) this.#errors++;
      await wait(everyMs);
    }
  }
}
