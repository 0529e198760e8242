import { itemsOf, type Requirement, type RequirementKind } from "../../xds/requirements.ts";
import type { EncodedResource, ProxyPlan, Requirements, ResourceType } from "../../xds/resource.ts";
import type { DependencyCache } from "../table/dependency-cache.ts";
import type { ClientState } from "./type-state.ts";

/**
 * What a client is ready for at the moment: for `dependent` (a resource, or a virtual host of one) to name it. To be made anew whenever something may
 * have changed.
 *
 * A host of ten thousand rules requires as many clusters, and is asked about at every acknowledgement. What is missing is therefore remembered for each
 * run of its rules, and only what may have changed since is asked about again.
 */
export class Readiness {
  readonly #client: ClientState;
  readonly #plan: ProxyPlan;
  readonly #dependent: ResourceType;
  readonly #dependencies: DependencyCache;
  readonly #mayRemember: boolean;

  constructor(client: ClientState, plan: ProxyPlan, dependent: ResourceType, dependencies: DependencyCache) {
    this.#client = client;
    this.#plan = plan;
    this.#dependent = dependent;
    this.#dependencies = dependencies;
    // What is parked counts as ready although the client does not have it.
    this.#mayRemember = dependent === "route" && !client.cluster.isolation.active && !client.secret.isolation.active;
  }

  isReady(kind: RequirementKind, name: string): boolean {
    return isReady(this.#client, this.#plan, this.#dependent, kind, name);
  }

  /** Reports everything in `requires` that is not ready; the same may be reported more than once. */
  eachMissing(requires: Requirements, report: (missing: Requirement) => void): void {
    this.#unready(itemsOf(requires)).forEach(report);
    for (const part of requires.parts ?? []) {
      if (part.parts !== undefined || !this.#mayRemember) this.eachMissing(part, report);
      else this.#missingInPart(part).forEach(report);
    }
  }

  #missingInPart(part: Requirements): readonly Requirement[] {
    const { journal } = this.#client;
    const known = journal.missingBefore(part);
    const dependents = known === undefined ? undefined : this.#dependencies.of(this.#plan, part);
    if (known === undefined || dependents === undefined) {
      const missing = this.#unready(itemsOf(part));
      this.#dependencies.remember(this.#plan, part);
      journal.rememberMissing(part, missing);
      return missing;
    }
    if (known.changedSince.length === 0 && known.missing.length === 0) return known.missing;
    const touched = known.changedSince.flatMap((name) => dependents.get(name) ?? []);
    const missing = this.#unready(new Set([...known.missing, ...touched]));
    this.#dependencies.remember(this.#plan, part, touched);
    journal.rememberMissing(part, missing);
    return missing;
  }

  #unready(items: Iterable<Requirement>): readonly Requirement[] {
    const unready: Requirement[] = [];
    for (const item of items) if (!this.isReady(item.kind, item.name)) unready.push(item);
    return unready;
  }
}

/**
 * Whether the client has `name` as the plan has it now, ready for `dependent` (a resource, or a virtual host of one) to name it.
 *
 * - A client that does not want all clusters learns from routes which to ask for; nothing can be waited for then.
 * - Secrets and extensions are asked for because a listener names them, so a listener cannot wait for one that was not asked for.
 *   A route can, and must: it could otherwise be served by a listener whose filters do not know the extension yet.
 */
function isReady(
  client: ClientState,
  plan: ProxyPlan,
  dependent: ResourceType,
  kind: RequirementKind,
  name: string,
): boolean {
  if (!client[kind].subscription.covers(name)) return kind === "cluster" || dependent !== "route";
  return kind === "cluster" ? isClusterReady(client, plan, name) : hasCurrent(client, plan, kind, name);
}

/**
 * A cluster is ready when the client acknowledged it, and acknowledged its endpoints and secrets at or after that: Envoy
 * acknowledges a cluster before it has warmed, and warms it with the next endpoints it receives.
 */
function isClusterReady(client: ClientState, plan: ProxyPlan, name: string): boolean {
  const { asked, held, outstanding, isolation } = client.cluster;
  const want = plan.get("cluster", name);
  const have = held.get(name);
  if (want?.kind !== "whole" || have === undefined || asked.has(name)) return false;
  if (have.form.version !== want.version && !isolation.isParked(name, want.version)) return false;
  const isBeingRemoved = outstanding?.items.has(name) === true && outstanding.items.get(name) === undefined;
  if (isBeingRemoved) return false;

  const cluster: EncodedResource = have.form.kind === "whole" ? have.form : want;
  const { endpoints } = cluster;
  if (endpoints !== undefined && plan.get("endpoint", endpoints) !== undefined) {
    const answer = client.endpoint.held.get(endpoints);
    if (answer === undefined || answer.sequence < have.sequence) return false;
  }
  return cluster.requires.secrets.every((secret) => client.secret.held.has(secret));
}

function hasCurrent(
  client: ClientState,
  plan: ProxyPlan,
  kind: Exclude<RequirementKind, "cluster">,
  name: string,
): boolean {
  const want = plan.get(kind, name);
  const have = client[kind].held.get(name);
  if (want === undefined || have === undefined) return false;
  if (have.form.version === want.version) return true;
  if (have.form.kind === "whole" && have.form.extendedFrom === want.version) return true;
  return kind === "secret" && client[kind].isolation.isParked(name, want.version);
}
