import { hash } from "node:crypto";
import type { Change, Changes, Collection } from "../incremental/collection.ts";
import type { Served } from "./collections/served.ts";
import { contentVersion } from "./content-version.ts";
import type { PlanChange, PlanSource, ProxyPlan, ResourceType, ServedResource } from "./resource.ts";

type Resources = Map<ResourceType, Map<string, ServedResource>>;

/** What one class of proxies runs, kept up to date in place. */
class ClassPlan implements ProxyPlan {
  readonly #resources: Resources = new Map();

  get(type: ResourceType, name: string): ServedResource | undefined {
    return this.#resources.get(type)?.get(name);
  }

  names(type: ResourceType): Iterable<string> {
    return this.#resources.get(type)?.keys() ?? [];
  }

  put(type: ResourceType, name: string, resource: ServedResource | undefined): void {
    const resources = this.#resources.get(type);
    if (resource === undefined) resources?.delete(name);
    else if (resources === undefined) this.#resources.set(type, new Map([[name, resource]]));
    else resources.set(name, resource);
  }
}

/**
 * The plans of all classes, by what is served. Nothing is given out before `release`: until every required source has synced, what is there may be
 * a part, and proxies that were told so would drop the rest.
 */
export class ServedPlans implements PlanSource {
  readonly #plans = new Map<string, ClassPlan>();
  readonly #listeners = new Set<(changes: readonly PlanChange[]) => void>();
  readonly #served: Collection<Served>;
  /** The sum of all content, changed by addition and subtraction so that a change costs what it touches. */
  #sum = 0n;
  /** The revision of `#sum`, until that changes: it goes with every response to every proxy. */
  #revision: string | undefined;
  #released = false;

  /**
   * @param classes classes that run something: a proxy whose gateway has nothing to serve is told so, or it would wait, not ready, for ever.
   * @param knownClasses classes that have a plan even while nothing at all is there for them.
   */
  constructor(served: Collection<Served>, classes: Collection<string>, knownClasses: readonly string[]) {
    this.#served = served;
    for (const proxyClass of knownClasses) this.#classPlan(proxyClass);
    for (const [, proxyClass] of classes.entries()) this.#classPlan(proxyClass);
    classes.subscribe((changes) => this.#classesChanged(changes));
    for (const [key, value] of served.entries()) this.#apply(key, { before: undefined, after: value });
    served.subscribe((changes) => this.#deliver(changes));
  }

  plan(proxyClass: string): ProxyPlan | undefined {
    return this.#released ? this.#plans.get(proxyClass) : undefined;
  }

  /** The classes that have a plan, in no particular order. */
  classes(): Iterable<string> {
    return this.#plans.keys();
  }

  /** The same for the same content, on whichever replica and after whichever edits. */
  revision(): string {
    this.#revision ??= contentVersion(this.#sum.toString(36));
    return this.#revision;
  }

  subscribe(listener: (changes: readonly PlanChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts serving; subscribers are told of all there is. To be called once, when every required source has synced. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    const everything = new Map<string, Change<Served>>();
    for (const [key, after] of this.#served.entries()) everything.set(key, { before: undefined, after });
    this.#notify(everything);
  }

  #classPlan(proxyClass: string): ClassPlan {
    const known = this.#plans.get(proxyClass);
    if (known !== undefined) return known;
    const plan = new ClassPlan();
    this.#plans.set(proxyClass, plan);
    return plan;
  }

  /** Tells of classes that appeared; what is served to them is told of by itself. */
  #classesChanged(changes: Changes<string>): void {
    const appeared = [...changes.values()].flatMap(({ after }) =>
      after === undefined || this.#plans.has(after) ? [] : [after],
    );
    for (const proxyClass of appeared) this.#classPlan(proxyClass);
    if (!this.#released || appeared.length === 0) return;
    const notice = appeared.map((proxyClass): PlanChange => ({ proxyClass, changed: new Map() }));
    for (const listener of this.#listeners) listener(notice);
  }

  #deliver(changes: Changes<Served>): void {
    for (const [key, change] of changes) this.#apply(key, change);
    if (this.#released) this.#notify(changes);
  }

  #apply(key: string, { before, after }: Change<Served>): void {
    const one = after ?? before;
    if (one === undefined) return;
    const { proxyClass, resource } = one;
    this.#classPlan(proxyClass).put(resource.type, resource.name, after?.resource);
    this.#revision = undefined;
    if (before !== undefined) this.#sum -= contentNumber(key, before);
    if (after !== undefined) this.#sum += contentNumber(key, after);
  }

  #notify(changes: Changes<Served>): void {
    const byClass = new Map<string, Map<ResourceType, Set<string>>>();
    for (const { before, after } of changes.values()) {
      const one = after ?? before;
      if (one === undefined) continue;
      const { type, name } = one.resource;
      const types = byClass.get(one.proxyClass) ?? new Map<ResourceType, Set<string>>();
      byClass.set(one.proxyClass, types);
      const names = types.get(type);
      if (names === undefined) types.set(type, new Set([name]));
      else names.add(name);
    }
    const notice = [...byClass].map(([proxyClass, changed]): PlanChange => ({ proxyClass, changed }));
    for (const listener of this.#listeners) listener(notice);
  }
}

/** Content as a number: sums of such numbers do not depend on the order in which content came. */
function contentNumber(key: string, { resource }: Served): bigint {
  const digest = hash("sha256", `${key}\n${resource.version}`, "buffer");
  return (digest.readBigUInt64LE(0) << 64n) | digest.readBigUInt64LE(8);
}
