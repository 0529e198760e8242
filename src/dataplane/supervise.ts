import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type AdminClient, adminClient } from "./admin.ts";
import { bindFailure, bindFailureAdvice, type EnvoyLogLine, EnvoyLogParser } from "./envoy-log.ts";
import type { EnvoyExit, EnvoyProcess } from "./envoy-process.ts";
import { removeEnvoyState } from "./envoy-state.ts";
import { FileTail } from "./file-tail.ts";
import { adoptRunningEnvoy, defaultDrainMs, type EnvoySetup, envoyFiles, startEnvoy } from "./start-envoy.ts";
import { stopEnvoy } from "./stop-envoy.ts";

export type EnvoyEvent =
  | { readonly kind: "started"; readonly pid: number; readonly adopted: boolean }
  /** An Envoy of an earlier Weir was stopped, because it ran with another bootstrap or binary. */
  | { readonly kind: "replaced"; readonly pid: number }
  | {
      readonly kind: "exited";
      readonly pid: number;
      readonly exit: EnvoyExit;
      readonly restartInMs: number;
      readonly lastLines: readonly string[];
    }
  | { readonly kind: "restart-failed"; readonly message: string; readonly restartInMs: number }
  | { readonly kind: "cannot-listen"; readonly address: string; readonly message: string; readonly hint: string };

export interface SupervisorOptions extends EnvoySetup {
  readonly onLog?: (line: EnvoyLogLine) => void;
  /** Lines on Envoy's standard output: access logs, where they are configured to go there. */
  readonly onOutput?: (line: string) => void;
  readonly onEvent?: (event: EnvoyEvent) => void;
  /** How long to wait before a restart that follows `attempts` others. Default: 100 ms, doubling up to 10 s. */
  readonly restartDelayMs?: (attempts: number) => number;
}

const logLimit = 16 * 1024 * 1024;
/** An Envoy that ran this long was well: the next restart is quick again. */
const stableMs = 60_000;

/**
 * Keeps one Envoy running.
 *
 * Starts it, or adopts the one an earlier Weir left behind after making sure that it is that very process; forwards what
 * it logs; starts it again when it dies; lets it finish its requests when it is stopped.
 */
export class EnvoySupervisor {
  readonly admin: AdminClient;
  readonly #options: SupervisorOptions;
  /** Aborted when no restart is wanted any more. */
  readonly #stopping = new AbortController();
  /** Aborted when Envoy is left to itself. */
  readonly #leaving = new AbortController();
  readonly #parser = new EnvoyLogParser();
  readonly #lastLines: string[] = [];
  /** Addresses that the process could not listen on. */
  readonly #unbound = new Set<string>();
  #tails: readonly FileTail[] = [];
  #process: EnvoyProcess | undefined;
  #watching: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.admin = adminClient(options.bootstrap.admin);
  }

  /** Number of the process, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Resolves once an Envoy of ours answers on its admin interface. It takes traffic only when it has its configuration
   * from the control plane: see `waitReady`.
   *
   * Throws an EnvoyProblem when it ends or stays silent instead; its message holds what Envoy said.
   */
  async start(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    this.#tails = [
      await this.#follow(envoyFiles.log, (line) => this.#log(line)),
      await this.#follow(envoyFiles.output, (line) => this.#options.onOutput?.(line)),
    ];
    try {
      const adopted = await adoptRunningEnvoy(this.#options, this.admin, this.#leaving.signal, (pid) =>
        this.#emit({ kind: "replaced", pid }),
      );
      this.#process = adopted ?? (await this.#startNew());
    } catch (error) {
      await this.#closeTails();
      throw error;
    }
    this.#emit({ kind: "started", pid: this.#process.pid, adopted: this.#process.adopted });
    this.#watching = this.#watch(this.#process);
  }

  /** Resolves when Envoy has its configuration and takes traffic; rejects when the signal is aborted. */
  async waitReady(signal?: AbortSignal): Promise<void> {
    while (!(await this.admin.ready())) await wait(20, undefined, signal === undefined ? {} : { signal });
  }

  /** Lets requests finish for `drainMs`, ends Envoy and forgets it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#process !== undefined) await stopEnvoy(this.#process, this.admin, this.#drainMs);
    await this.#watching;
    await removeEnvoyState(join(this.#options.folder, envoyFiles.state));
    await this.#closeTails();
  }

  /** Stops supervising and leaves Envoy running, for the next Weir to adopt. */
  async leave(): Promise<void> {
    this.#stopping.abort();
    this.#leaving.abort();
    await this.#closeTails();
  }

  get #drainMs(): number {
    return this.#options.drainMs ?? defaultDrainMs;
  }

  #startNew(): Promise<EnvoyProcess> {
    this.#unbound.clear();
    return startEnvoy(this.#options, this.admin, () => this.#readLastLines());
  }

  /** Follows one process after the other until `stop` or `leave`. */
  async #watch(first: EnvoyProcess): Promise<void> {
    let running: EnvoyProcess | undefined = first;
    let attempts = 0;
    while (running !== undefined) {
      const since = performance.now();
      const exit = await running.exited;
      this.#process = undefined;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - since > stableMs) attempts = 0;
      const restartInMs = this.#restartDelay(attempts);
      const lastLines = await this.#readLastLines();
      this.#emit({ kind: "exited", pid: running.pid, exit, restartInMs, lastLines });
      attempts += 1;
      running = await this.#restart(restartInMs, () => this.#restartDelay(attempts++));
    }
  }

  /** Starts Envoy again, for as long as it takes; undefined when supervising has ended in the meantime. */
  async #restart(firstDelayMs: number, nextDelay: () => number): Promise<EnvoyProcess | undefined> {
    let delayMs = firstDelayMs;
    for (;;) {
      const go = await wait(delayMs, true, { signal: this.#stopping.signal }).catch(() => false);
      if (!go) return undefined;
      try {
        const started = await this.#startNew();
        // stop() may have come while Envoy was starting, when there was no process to end.
        if (this.#stopping.signal.aborted) {
          await stopEnvoy(started, this.admin, 0);
          return undefined;
        }
        this.#process = started;
        this.#emit({ kind: "started", pid: started.pid, adopted: false });
        return started;
      } catch (error) {
        delayMs = nextDelay();
        const message = error instanceof Error ? error.message : String(error);
        this.#emit({ kind: "restart-failed", message, restartInMs: delayMs });
      }
    }
  }

  #restartDelay(attempts: number): number {
    return this.#options.restartDelayMs?.(attempts) ?? Math.min(100 * 2 ** attempts, 10_000);
  }

  async #follow(name: string, onLine: (line: string) => void): Promise<FileTail> {
    const path = join(this.#options.folder, name);
    await writeFile(path, "", { flag: "a", mode: 0o600 });
    return FileTail.open(path, { from: "end", onLine, emptyAt: logLimit });
  }

  async #closeTails(): Promise<void> {
    await Promise.all(this.#tails.map((tail) => tail.close()));
    this.#tails = [];
  }

  /** What Envoy complained about last, up to this moment. */
  async #readLastLines(): Promise<readonly string[]> {
    await Promise.all(this.#tails.map((tail) => tail.read()));
    return [...this.#lastLines];
  }

  #log(text: string): void {
    const line = this.#parser.parse(text);
    this.#options.onLog?.(line);
    if (line.level !== "error" && line.level !== "critical" && line.level !== "warning") return;
    this.#lastLines.push(line.text);
    if (this.#lastLines.length > 10) this.#lastLines.shift();
    const failure = bindFailure(line.text);
    // Envoy says it several times.
    if (failure !== undefined && !this.#unbound.has(failure.address)) {
      this.#unbound.add(failure.address);
      this.#emit({ kind: "cannot-listen", address: failure.address, ...bindFailureAdvice(failure) });
    }
  }

  #emit(event: EnvoyEvent): void {
    this.#options.onEvent?.(event);
  }
}
