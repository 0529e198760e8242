import type { PlannedRule } from "../compile/plan.ts";
import type { Collection } from "../incremental/collection.ts";
import { structurallyEqual } from "../incremental/equal.ts";
import type { Provenance } from "../model/provenance.ts";
import { describeBackend, describeRule, describeTrustBundle } from "./describe.ts";
import { diffFacts, type Fact, identityOfFacts, listFacts } from "./facts.ts";
import { certificateFacts, clusterFacts, portFacts, trustBundleFacts } from "./part-facts.ts";
import type { DiffSide, FieldChange, PartChange, RenamedRule } from "./plan-diff.ts";
import { ruleFacts } from "./rule-facts.ts";
import type { ServedSide } from "./served-side.ts";
import { identityOf } from "./write-value.ts";

/** What a collection and a map have in common. */
type Parts<V> = Pick<Collection<V>, "get" | "has" | "entries">;

/** How the parts of one collection are told about. */
interface Telling<V> {
  readonly title: (value: V, key: string) => string;
  readonly facts: (value: V, side: "before" | "after") => readonly Fact[];
  readonly origin: (value: V) => Provenance | undefined;
  /** Whether equal values have equal facts: nothing else goes into the facts. */
  readonly isWhole: boolean;
}

export function diffPorts({ plan: before }: DiffSide, { plan: after }: DiffSide): readonly PartChange[] {
  return diffCollections(before.ports, after.ports, {
    title: ({ proxyClass, name }) => `${name} of ${proxyClass}`,
    facts: portFacts,
    isWhole: true,
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
    isWhole: false,
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
    isWhole: true,
    origin: ({ certificate }) => certificate.origin,
  });
}

/** Authorities that clients or backends are verified by. */
export function diffTrustBundles({ plan: before }: DiffSide, { plan: after }: DiffSide): readonly PartChange[] {
  return diffCollections(before.trustBundles, after.trustBundles, {
    title: (_, key) => describeTrustBundle(key),
    facts: trustBundleFacts,
    isWhole: true,
    origin: ({ bundle }) => bundle.origin,
  });
}

export interface RulesDiff {
  readonly changes: readonly PartChange[];
  readonly renamed: readonly RenamedRule[];
  /** The key that a rule of the after side had before; undefined where it is new. */
  readonly formerKey: (key: string) => string | undefined;
}

const ruleTelling: Telling<PlannedRule> = {
  title: ({ rule, entry }) => `${describeRule(rule.key)} (${entry.scheme}, port ${entry.port})`,
  facts: ruleFacts,
  isWhole: true,
  origin: ({ rule }) => rule.origin,
};

/**
 * A rule that is the same under another name of the same object is a rule that was moved, not one that went and one that came; so is, of those
 * left over, one for the same requests that does something else with them.
 */
export function diffRules(before: ServedSide, after: ServedSide): RulesDiff {
  const all = diffCollections(before.rules, after.rules, ruleTelling);
  const gone = new Map(all.flatMap(({ key }) => entryOf(before.rules, key)));
  const come = new Map(all.flatMap(({ key }) => entryOf(after.rules, key)));
  const same = pairUp(gone, come, (rule) => identityOfFacts(ruleFacts(rule)));
  for (const [key, former] of same) {
    come.delete(key);
    gone.delete(former);
  }
  const alike = pairUp(gone, come, ({ hosts, alternatives }) => identityOf([hosts, alternatives]));
  // What is left over and has kept its name is one rule that is for other requests now.
  const claimed = new Set(alike.values());
  for (const key of come.keys()) if (!alike.has(key) && gone.has(key) && !claimed.has(key)) alike.set(key, key);
  const changes: PartChange[] = [];
  for (const [key, young] of come) {
    const former = alike.get(key);
    const old = former === undefined ? undefined : gone.get(former);
    if (former !== undefined) gone.delete(former);
    const change = diffPart(key, old, young, ruleTelling);
    if (change === undefined) continue;
    const isRenamed = former !== undefined && former !== key;
    const name = { what: "name", before: ruleName(former ?? key), after: ruleName(key) };
    changes.push(isRenamed ? { ...change, fields: [name, ...change.fields] } : change);
  }
  for (const [key, old] of gone) {
    const change = diffPart(key, old, undefined, ruleTelling);
    if (change !== undefined) changes.push(change);
  }
  const renamed = [...same].flatMap(([key, former]) =>
    entryOf(after.rules, key).map(([, { rule }]) => ({ before: former, after: key, origin: rule.origin })),
  );
  const formerKey = (key: string): string | undefined =>
    same.get(key) ?? alike.get(key) ?? (come.has(key) || !before.rules.has(key) ? undefined : key);
  return { changes: sortChanges(changes), renamed, formerKey };
}

/** For keys that came those that went, where the rules have the same identity and object; first come, first served. */
function pairUp(
  gone: ReadonlyMap<string, PlannedRule>,
  come: ReadonlyMap<string, PlannedRule>,
  identity: (rule: PlannedRule) => string,
): Map<string, string> {
  const full = (rule: PlannedRule): string => `${rule.rule.policyTargets.object}\n${rule.listener}\n${identity(rule)}`;
  const free = new Map<string, string[]>();
  for (const [key, rule] of gone) {
    const name = full(rule);
    free.set(name, [...(free.get(name) ?? []), key]);
  }
  const pairs = new Map<string, string>();
  for (const [key, rule] of come) {
    const former = free.get(full(rule))?.shift();
    if (former !== undefined) pairs.set(key, former);
  }
  return pairs;
}

function entryOf(rules: Parts<PlannedRule>, key: string): readonly (readonly [string, PlannedRule])[] {
  const rule = rules.get(key);
  return rule === undefined ? [] : [[key, rule]];
}

function ruleName(planKey: string): string {
  return describeRule(planKey.split("|", 1)[0] ?? planKey);
}

function diffCollections<V>(before: Parts<V>, after: Parts<V>, telling: Telling<V>): readonly PartChange[] {
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
  { title, facts, origin, isWhole }: Telling<V>,
): PartChange | undefined {
  // Facts are texts and cost more than a comparison; most parts are as they were.
  if (isWhole && before !== undefined && structurallyEqual(before, after)) return undefined;
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
        : withoutImplied(diffFacts(old, young));
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

/** That steps have another order goes without saying where steps came or went. */
function withoutImplied(fields: readonly FieldChange[]): readonly FieldChange[] {
  const isWhole = fields.every(({ before, after }) => before !== undefined && after !== undefined);
  return isWhole ? fields : fields.filter(({ what }) => what !== "order of steps");
}

export function sortChanges(changes: readonly PartChange[]): readonly PartChange[] {
  const order = ({ title, key }: PartChange): string => `${title}\n${key}`;
  return changes.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
