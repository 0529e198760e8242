import type { ProxyNews, ProxyReport } from "./protocol.ts";

/** What other replicas tell of the proxies that are connected to them, as long as they tell. */
export class OtherProxies {
  readonly #byReplica = new Map<string, Map<number, ProxyReport>>();
  readonly #byClass = new Map<string, Set<ProxyReport>>();
  readonly #changed: (proxyClasses: ReadonlySet<string>) => void;

  /** @param changed told of the classes of which something else is known now. */
  constructor(changed: (proxyClasses: ReadonlySet<string>) => void) {
    this.#changed = changed;
  }

  /** The proxies of one class. */
  of(proxyClass: string): Iterable<ProxyReport> {
    return this.#byClass.get(proxyClass) ?? [];
  }

  has(proxyClass: string): boolean {
    return this.#byClass.has(proxyClass);
  }

  /** What is known, by replica: those that have told something since they were connected to. */
  get replicas(): ReadonlyMap<string, ReadonlyMap<number, ProxyReport>> {
    return this.#byReplica;
  }

  apply(replica: string, { changed, gone }: ProxyNews): void {
    const reports = this.#byReplica.get(replica) ?? new Map<number, ProxyReport>();
    this.#byReplica.set(replica, reports);
    const touched = new Set<string>();
    for (const id of [...gone, ...changed.map((report) => report.id)]) this.#remove(reports, id, touched);
    for (const report of changed) {
      reports.set(report.id, report);
      const reportsOfClass = this.#byClass.get(report.proxyClass) ?? new Set();
      this.#byClass.set(report.proxyClass, reportsOfClass.add(report));
      touched.add(report.proxyClass);
    }
    if (touched.size > 0) this.#changed(touched);
  }

  /** A replica is away: what it told does not count any more. */
  drop(replica: string): void {
    const reports = this.#byReplica.get(replica);
    if (reports === undefined) return;
    const touched = new Set<string>();
    for (const id of [...reports.keys()]) this.#remove(reports, id, touched);
    this.#byReplica.delete(replica);
    if (touched.size > 0) this.#changed(touched);
  }

  #remove(reports: Map<number, ProxyReport>, id: number, touched: Set<string>): void {
    const report = reports.get(id);
    if (report === undefined) return;
    reports.delete(id);
    const reportsOfClass = this.#byClass.get(report.proxyClass);
    reportsOfClass?.delete(report);
    if (reportsOfClass?.size === 0) this.#byClass.delete(report.proxyClass);
    touched.add(report.proxyClass);
  }
}
