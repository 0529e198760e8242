import type { Clock } from "../../../serve/clock.ts";
import type { ConnectedProxy, ProxyRegistry } from "../../../serve/registry.ts";
import { firstRefusal } from "../../proxy-classes.ts";
import type { Generations } from "./generations.ts";
import type { ProxyReport } from "./protocol.ts";

export interface OwnProxiesOptions {
  readonly registry: ProxyRegistry;
  readonly generations: Pick<Generations, "of" | "subscribe">;
  readonly clock: Pick<Clock, "after">;
}

/** How long changes are gathered before they are told: a change of the configuration reaches many proxies, each of which answers on its own. */
const GATHER_MS = 50;

/** What this replica has to tell about the proxies that are connected to it. */
export class OwnProxies {
  readonly #options: OwnProxiesOptions;
  readonly #proxies = new Map<number, ConnectedProxy>();
  /** The generations that each proxy acknowledged last. */
  readonly #acknowledged = new Map<number, string>();
  /** What was told of each. */
  readonly #told = new Map<number, ProxyReport>();
  readonly #listeners = new Set<(changed: ReadonlySet<number>) => void>();
  /** What is to be looked at when changes have been gathered. */
  readonly #touched = new Set<number>();
  #scheduled = false;

  constructor(options: OwnProxiesOptions) {
    this.#options = options;
    options.registry.subscribe({
      connected: (proxy) => {
        this.#proxies.set(proxy.connection, proxy);
        this.#touch(proxy);
      },
      disconnected: (proxy) => {
        this.#proxies.delete(proxy.connection);
        this.#acknowledged.delete(proxy.connection);
        this.#touch(proxy);
      },
      settled: (proxy) => {
        // Noted at once: while the configuration keeps changing, a proxy is up to date for moments only.
        const isNews = this.#acknowledge(proxy);
        if (isNews || this.#told.get(proxy.connection)?.refusal !== undefined) this.#touch(proxy);
      },
      refused: (proxy) => this.#touch(proxy),
    });
    options.generations.subscribe((proxyClasses) => {
      for (const proxy of this.#proxies.values()) if (proxyClasses.has(proxy.proxyClass)) this.#touch(proxy);
    });
  }

  /** What was told last of each proxy that has not been told to be gone. */
  get reports(): ReadonlyMap<number, ProxyReport> {
    return this.#told;
  }

  /** Calls `listener` with the proxies of which `reports` says something new, or nothing any more. The result ends that. */
  subscribe(listener: (changed: ReadonlySet<number>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The proxies of one class as they are now, told or not. */
  of(proxyClass: string): readonly ProxyReport[] {
    return [...this.#proxies.values()]
      .filter((proxy) => proxy.proxyClass === proxyClass)
      .map((proxy) => this.#report(proxy));
  }

  has(proxyClass: string): boolean {
    return this.#proxies.values().some((proxy) => proxy.proxyClass === proxyClass);
  }

  /** A proxy keeps what it acknowledged until it has acknowledged something newer in full. Whether that was news. */
  #acknowledge(proxy: ConnectedProxy): boolean {
    if (!proxy.synced()) return false;
    const generations = this.#options.generations.of(proxy.proxyClass);
    if (this.#acknowledged.get(proxy.connection) === generations) return false;
    this.#acknowledged.set(proxy.connection, generations);
    return true;
  }

  #touch({ connection }: ConnectedProxy): void {
    this.#touched.add(connection);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.clock.after(GATHER_MS, () => this.#tell());
  }

  #tell(): void {
    this.#scheduled = false;
    const changed = new Set<number>();
    for (const id of this.#touched) {
      const proxy = this.#proxies.get(id);
      const before = this.#told.get(id);
      const report = proxy === undefined ? undefined : this.#report(proxy);
      if (isSame(before, report)) continue;
      changed.add(id);
      if (report === undefined) this.#told.delete(id);
      else this.#told.set(id, report);
    }
    this.#touched.clear();
    if (changed.size > 0) for (const listener of this.#listeners) listener(changed);
  }

  #report(proxy: ConnectedProxy): ProxyReport {
    const { connection: id, nodeId: node, proxyClass, agent, variant, peer } = proxy;
    this.#acknowledge(proxy);
    return {
      id,
      node,
      proxyClass,
      agent,
      variant,
      peer,
      connectedSince: proxy.connectedSince.toISOString(),
      acknowledged: this.#acknowledged.get(id) ?? "",
      refusal: refusalOf(proxy),
    };
  }
}

/** Looking for refusals costs more than asking whether a proxy is up to date, which one that refuses something is not. */
function refusalOf(proxy: ConnectedProxy): string | undefined {
  return proxy.synced() ? undefined : firstRefusal(proxy);
}

function isSame(a: ProxyReport | undefined, b: ProxyReport | undefined): boolean {
  return a?.id === b?.id && a?.acknowledged === b?.acknowledged && a?.refusal === b?.refusal;
}
