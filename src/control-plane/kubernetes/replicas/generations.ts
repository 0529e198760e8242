import { hash } from "node:crypto";
import type { Changes, Collection } from "../../../incremental/collection.ts";
import { objectKey } from "../../../model/source-object.ts";
import type { StatusReport, StatusValue } from "../../../model/status.ts";
import { conditionsOf, fieldOf, listenersOf } from "../../../status/conditions.ts";
import { decidingGateway, isProgrammable } from "../../../status/programmable.ts";

/**
 * Which generations of a Gateway and of its ListenerSets this replica serves, and what it says about each, as one short text. Two replicas that have
 * seen the same say the same, whatever their release; a replica that has not seen a new generation, or the Secret that a listener needs, says
 * something else. Routes and endpoints do not count: a Gateway does not lose what was acknowledged when they change.
 */
export class Generations {
  readonly #reports = new Map<string, Map<string, StatusReport>>();
  readonly #texts = new Map<string, string>();
  readonly #proxyClassOf: (gateway: string) => string;
  readonly #listeners = new Set<(proxyClasses: ReadonlySet<string>) => void>();

  /** @param proxyClassOf the class of proxies that runs a gateway (`namespace/name`). */
  constructor(reports: Collection<StatusReport>, proxyClassOf: (gateway: string) => string) {
    this.#proxyClassOf = proxyClassOf;
    for (const [key, report] of reports.entries()) this.#put(key, undefined, report);
    reports.subscribe((changes) => this.#changed(changes));
  }

  /** Empty where nothing is known of a gateway of that class. */
  of(proxyClass: string): string {
    const known = this.#texts.get(proxyClass);
    if (known !== undefined) return known;
    const reports = this.#reports.get(proxyClass);
    if (reports === undefined) return "";
    const lines = [...reports.values()].map(describe).sort();
    const text = hash("sha256", lines.join("\n"), "base64url").slice(0, 16);
    this.#texts.set(proxyClass, text);
    return text;
  }

  /** The classes that run a Gateway. */
  proxyClasses(): Iterable<string> {
    return this.#reports.keys();
  }

  /** Calls `listener` with the classes of which something else may be said now. */
  subscribe(listener: (proxyClasses: ReadonlySet<string>) => void): void {
    this.#listeners.add(listener);
  }

  #changed(changes: Changes<StatusReport>): void {
    const touched = new Set<string>();
    for (const [key, { before, after }] of changes) {
      for (const proxyClass of this.#put(key, before, after)) touched.add(proxyClass);
    }
    if (touched.size === 0) return;
    for (const proxyClass of touched) this.#texts.delete(proxyClass);
    for (const listener of this.#listeners) listener(touched);
  }

  #put(key: string, before: StatusReport | undefined, after: StatusReport | undefined): readonly string[] {
    const touched: string[] = [];
    if (before !== undefined && isProgrammable(before)) {
      const proxyClass = this.#classOf(before);
      const reports = this.#reports.get(proxyClass);
      reports?.delete(key);
      if (reports?.size === 0) this.#reports.delete(proxyClass);
      touched.push(proxyClass);
    }
    if (after !== undefined && isProgrammable(after)) {
      const proxyClass = this.#classOf(after);
      const reports = this.#reports.get(proxyClass) ?? new Map<string, StatusReport>();
      this.#reports.set(proxyClass, reports.set(key, after));
      touched.push(proxyClass);
    }
    return touched;
  }

  #classOf(report: StatusReport): string {
    return this.#proxyClassOf(decidingGateway(report));
  }
}

/** Without reasons and messages, which other releases may word in other ways, and without counts of routes. */
function describe({ object, generation, status }: StatusReport): string {
  const listeners = listenersOf(status).map((listener) => [fieldOf(listener, "name"), outcomes(listener)]);
  return JSON.stringify([objectKey(object), generation, outcomes(status), listeners]);
}

function outcomes(status: StatusValue): readonly string[] {
  return conditionsOf(status).map(({ type, status: outcome }) => `${type}=${outcome}`);
}
