import type { PortPlan } from "../../compile/plan.ts";
import type { Log } from "../../control-plane/log.ts";
import { type PortVerdict, portProblem } from "../../dataplane/port-check.ts";
import type { Collection, Group } from "../../incremental/collection.ts";

export interface PortWatchOptions {
  readonly ports: Collection<PortPlan>;
  /** Ports that a proxy tries to get again and again, by their key in the plan: one that leaves these has been got, or is not wanted any more. */
  readonly retried: Group<{ readonly problem: PortVerdict }>;
  /** The Envoy that is to have the ports, while it runs. */
  readonly envoyPid: () => number | undefined;
  readonly log: Log;
}

/**
 * Says which ports of the plan other programs have, at the start and whenever the plan gets a new one. Envoy reports a port it
 * cannot have itself; one that it silently shares with another Envoy, and so loses half of its requests, nobody else reports.
 */
export class PortWatch {
  readonly #options: PortWatchOptions;
  readonly #problems = new Map<string, PortVerdict>();
  readonly #said = new Set<string>();
  #unsubscribe: readonly (() => void)[] = [];

  constructor(options: PortWatchOptions) {
    this.#options = options;
  }

  /** What is wrong with the ports that were found taken, by the key of the port in the plan. */
  get problems(): ReadonlyMap<string, PortVerdict> {
    return this.#problems;
  }

  /** Logs that a port cannot be had, once, whoever finds out. */
  tell({ message, hint }: PortVerdict): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#options.log.error(`WR0504 ${message}`, { hint });
  }

  /** Resolves when the ports that are there have been checked. */
  async start(): Promise<void> {
    const { ports, retried } = this.#options;
    const unfollow = ports.subscribe((changes) => {
      for (const [key, { before, after }] of changes) {
        if (after === undefined) this.#forget(key);
        else if (before === undefined) void this.#check(key, after);
      }
    });
    const unfollowRetried = retried.subscribe((changes) => {
      for (const [key, { before, after }] of changes) {
        if (after !== undefined) continue;
        this.#forget(key);
        for (const { value } of before ?? []) this.#said.delete(value.problem.message);
      }
    });
    this.#unsubscribe = [unfollow, unfollowRetried];
    await Promise.all([...ports.entries()].map(([key, port]) => this.#check(key, port)));
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #forget(key: string): void {
    this.#said.delete(this.#problems.get(key)?.message ?? "");
    this.#problems.delete(key);
  }

  async #check(key: string, { name, address, bindPort }: PortPlan): Promise<void> {
    const { log, envoyPid } = this.#options;
    try {
      const transport = name.startsWith("udp/") ? "udp" : "tcp";
      const verdict = await portProblem(address ?? "::", bindPort, envoyPid(), transport);
      if (verdict === undefined) return;
      this.#problems.set(key, verdict);
      this.tell(verdict);
    } catch (error) {
      log.debug("a port could not be checked", { port: bindPort, error: String(error) });
    }
  }
}
