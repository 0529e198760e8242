import { bindFailureAdvice, bindFailures } from "../../dataplane/envoy-log.ts";
import type { ConnectedProxy, ProxyListener, ProxyRefusal } from "../../serve/registry.ts";
import type { Log } from "../log.ts";
import type { ListeningProblems } from "./listening-problems.ts";

export interface BindRetryOptions {
  readonly problems: Pick<ListeningProblems, "report">;
  /** Runs `task` once after `ms` milliseconds; the result cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
  readonly log: Pick<Log, "info">;
}

/** The waits between two attempts, in milliseconds; the last one goes on for ever. A bind that fails costs Envoy next to nothing. */
const waits = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

interface Attempts {
  /** Names of the listeners that the proxy could not bind. */
  readonly listeners: Set<string>;
  count: number;
  cancel: (() => void) | undefined;
}

/**
 * Has proxies try again to listen where they could not. Nothing tells a proxy that an address has become free, and what it refused is not sent again
 * before its content changes: so it is offered the same listener once more, at growing intervals, until it takes it or nobody wants it any more.
 */
export class BindRetry implements ProxyListener {
  readonly #options: BindRetryOptions;
  readonly #attempts = new Map<number, Attempts>();

  constructor(options: BindRetryOptions) {
    this.#options = options;
  }

  refused(proxy: ConnectedProxy, { type, message, culprits }: ProxyRefusal): void {
    if (type !== "listener") return;
    for (const failure of bindFailures(message)) {
      const port = failure.address.slice(failure.address.lastIndexOf(":"));
      for (const { resource } of culprits) {
        if (!resource.endsWith(port.replace(":", "/"))) continue;
        this.#attemptsOf(proxy).listeners.add(resource);
        this.#options.problems.report(`${proxy.proxyClass}|${resource}`, proxy.nodeId, bindFailureAdvice(failure));
      }
    }
    this.#schedule(proxy);
  }

  acknowledged(
    proxy: ConnectedProxy,
    { type, resources }: Parameters<NonNullable<ProxyListener["acknowledged"]>>[1],
  ): void {
    const attempts = type === "listener" ? this.#attempts.get(proxy.connection) : undefined;
    if (attempts === undefined) return;
    for (const { name, version } of resources) {
      if (!attempts.listeners.has(name)) continue;
      this.#forget(proxy, attempts, name);
      if (version !== undefined)
        this.#options.log.info("a port has become free and is served now", { listener: name, node: proxy.nodeId });
    }
  }

  disconnected(proxy: ConnectedProxy): void {
    const attempts = this.#attempts.get(proxy.connection);
    if (attempts === undefined) return;
    for (const name of attempts.listeners) this.#forget(proxy, attempts, name);
  }

  close(): void {
    for (const { cancel } of this.#attempts.values()) cancel?.();
    this.#attempts.clear();
  }

  #attemptsOf(proxy: ConnectedProxy): Attempts {
    const known = this.#attempts.get(proxy.connection);
    if (known !== undefined) return known;
    const attempts: Attempts = { listeners: new Set(), count: 0, cancel: undefined };
    this.#attempts.set(proxy.connection, attempts);
    return attempts;
  }

  #forget(proxy: ConnectedProxy, attempts: Attempts, name: string): void {
    attempts.listeners.delete(name);
    this.#options.problems.report(`${proxy.proxyClass}|${name}`, proxy.nodeId, undefined);
    if (attempts.listeners.size > 0) return;
    attempts.cancel?.();
    this.#attempts.delete(proxy.connection);
  }

  #schedule(proxy: ConnectedProxy): void {
    const attempts = this.#attempts.get(proxy.connection);
    if (attempts === undefined || attempts.cancel !== undefined) return;
    const wait = waits[Math.min(attempts.count, waits.length - 1)] ?? 0;
    attempts.cancel = this.#options.after(wait, () => {
      attempts.cancel = undefined;
      attempts.count++;
      this.#tryAgain(proxy, attempts);
    });
  }

  /** Only what the proxy still refuses: a listener that went away meanwhile, or changed, is nobody's business here. */
  #tryAgain(proxy: ConnectedProxy, attempts: Attempts): void {
    const refused = new Set(
      proxy
        .types()
        .get("listener")
        ?.refused.map(({ resource }) => resource),
    );
    for (const name of attempts.listeners) if (!refused.has(name)) this.#forget(proxy, attempts, name);
    if (attempts.listeners.size === 0) return;
    proxy.retryRefused("listener", attempts.listeners);
    // Where nothing could be sent at once, nobody will answer.
    this.#schedule(proxy);
  }
}
