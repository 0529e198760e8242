import type { PlannedRule } from "../compile/plan.ts";
import type { Collection } from "../incremental/collection.ts";
import type { Provenance } from "../model/provenance.ts";
import { describeBackend, describeRule } from "./describe.ts";
import { diffFacts, type Fact, identityOfFacts, listFacts } from "./facts.ts";
import { certificateFacts, clusterFacts, portFacts } from "./part-facts.ts";
import type { DiffSide, PartChange, RenamedRule } from "./plan-diff.ts";
import { ruleFacts } from "./rule-facts.ts";

/** How the parts of one collection are told about. */
interface Telling<V> {
  readonly title: (value: V, key: string) => string;
  readonly facts: (value: V, side: "before" | "after") => readonly Fact[];
  readonly origin: (value: V) => Provenance | undefined;
}

export function diffPorts({ plan: before }: DiffSide, { plan: after }: DiffSide): readonly PartChange[] {
  return diffCollections(before.ports, after.ports, {
    title: ({ proxyClass, name }) => `${name} of ${proxyClass}`,
    facts: portFacts,
    origin: () => undefined,
  });
}

export function diffClusters(before: DiffSide, after: DiffSide): readonly PartChange[] {
  const sides = { before, after };
  return diffCollections(before.plan.clusters, after.plan.clusters, {
    title: (_, key) => describeBackend(key),
    facts: (cluster, side) => {
      const { location } = cluster.backend;
      const set = location.kind === "endpoints" ? location.set : undefined;
      return clusterFacts(cluster, set === undefined ? undefined : endpointsOf(sides[side], set));
    },
    origin: ({ backend }) => backend.origin,
  });
}

/** A service without endpoint slices has no set and no endpoints. */
function endpointsOf({ endpointSets }: DiffSide, set: string) {
  return endpointSets.get(set) ?? { key: set, endpoints: [] };
}

export function diffCertificates({ plan: before }: DiffSide, { plan: after }: DiffSide): readonly PartChange[] {
  return diffCollections(before.certificates, after.certificates, {
    title: (_, key) => key,
    facts: certificateFacts,
    origin: ({ certificate }) => certificate.origin,
  });
}

export interface RulesDiff {
  readonly changes: readonly PartChange[];
  readonly renamed: readonly RenamedRule[];
  /** Keys of the plan: what a rule of the after side was called before, where it was called something else. */
  readonly formerKeys: ReadonlyMap<string, string>;
}

const ruleTelling: Telling<PlannedRule> = {
  title: ({ rule }) => describeRule(rule.key),
  facts: ruleFacts,
  origin: ({ rule }) => rule.origin,
};

/** A rule that is the same under another name of the same object is a rule that was moved, not one that went and one that came. */
export function diffRules({ plan: before }: DiffSide, { plan: after }: DiffSide): RulesDiff {
  const all = diffCollections(before.rules, after.rules, ruleTelling);
  const unclaimed = new Map<string, string[]>();
  for (const { change, key } of all) {
    const old = change === "added" ? undefined : before.rules.get(key);
    if (old !== undefined) listIn(unclaimed, sameness(old)).push(key);
  }
  const formerKeys = new Map<string, string>();
  for (const { change, key } of all) {
    const young = change === "removed" ? undefined : after.rules.get(key);
    const former = young === undefined ? undefined : unclaimed.get(sameness(young))?.shift();
    if (former !== undefined) formerKeys.set(key, former);
  }
  if (formerKeys.size === 0) return { changes: all, renamed: [], formerKeys };
  const claimed = new Set(formerKeys.values());
  const renamed: RenamedRule[] = [];
  const changes: PartChange[] = [];
  for (const one of all) {
    const old = before.rules.get(one.key);
    const young = after.rules.get(one.key);
    const former = formerKeys.get(one.key);
    if (young !== undefined && former !== undefined) {
      renamed.push({ before: former, after: one.key, origin: young.rule.origin });
    }
    const oldIsNews = old !== undefined && !claimed.has(one.key);
    const youngIsNews = young !== undefined && former === undefined;
    const news = diffPart(one.key, oldIsNews ? old : undefined, youngIsNews ? young : undefined, ruleTelling);
    if (news !== undefined) changes.push(news);
  }
  return { changes, renamed, formerKeys };
}

function sameness(rule: PlannedRule): string {
  return `${rule.rule.policyTargets.object}\n${identityOfFacts(ruleFacts(rule))}`;
}

function listIn(lists: Map<string, string[]>, key: string): string[] {
  const known = lists.get(key) ?? [];
  lists.set(key, known);
  return known;
}

function diffCollections<V>(before: Collection<V>, after: Collection<V>, telling: Telling<V>): readonly PartChange[] {
  const changes: PartChange[] = [];
  for (const [key, value] of before.entries()) {
    const change = diffPart(key, value, after.get(key), telling);
    if (change !== undefined) changes.push(change);
  }
  for (const [key, value] of after.entries()) {
    const change = before.has(key) ? undefined : diffPart(key, undefined, value, telling);
    if (change !== undefined) changes.push(change);
  }
  return sortChanges(changes);
}

/** Undefined where there is nothing to tell. */
function diffPart<V>(
  key: string,
  before: V | undefined,
  after: V | undefined,
  { title, facts, origin }: Telling<V>,
): PartChange | undefined {
  const shown = after ?? before;
  if (shown === undefined) return undefined;
  const old = before === undefined ? undefined : facts(before, "before");
  const young = after === undefined ? undefined : facts(after, "after");
  const change = old === undefined ? "added" : young === undefined ? "removed" : "changed";
  const fields =
    old === undefined
      ? listFacts(young ?? [], "after")
      : young === undefined
        ? listFacts(old, "before")
        : diffFacts(old, young);
  if (change === "changed" && fields.length === 0) return undefined;
  const originBefore = before === undefined ? undefined : origin(before);
  const originAfter = after === undefined ? undefined : origin(after);
  return {
    change,
    key,
    title: title(shown, key),
    fields,
    ...(originBefore === undefined ? {} : { originBefore }),
    ...(originAfter === undefined ? {} : { originAfter }),
  };
}

export function sortChanges(changes: readonly PartChange[]): readonly PartChange[] {
  const order = ({ title, key }: PartChange): string => `${title}\n${key}`;
  return changes.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
