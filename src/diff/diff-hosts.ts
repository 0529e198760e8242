import { hostFor } from "../compile/lookup.ts";
import type { HostPlan, PlannedRule } from "../compile/plan.ts";
import type { Entry } from "../incremental/collection.ts";
import { count, describeRule, some } from "./describe.ts";
import { type RulesDiff, sortChanges } from "./diff-parts.ts";
import type { Overlap, Overlaps } from "./overlaps.ts";
import type { FieldChange, PartChange } from "./plan-diff.ts";
import type { ServedSide } from "./served-side.ts";

/** A rule at a host for which something is different: requests to it may go elsewhere. */
export interface AffectedRule {
  readonly proxyClass: string;
  readonly table: string;
  readonly domain: string;
  /** Undefined where no rule is different, but what becomes of requests without a rule. */
  readonly rule?: PlannedRule;
  /** Requests that a rule which is different shares with one that is not; in place of a rule. */
  readonly overlap?: Overlap;
}

export interface HostsDiff {
  readonly changes: readonly PartChange[];
  readonly affected: readonly AffectedRule[];
}

type Rules = readonly Entry<PlannedRule>[];

/** What is different at virtual hosts: their rules, the order of these, and what becomes of requests that no rule matches. */
export function diffHosts(before: ServedSide, after: ServedSide, rules: RulesDiff, overlaps: Overlaps): HostsDiff {
  const changed = new Set(rules.changes.flatMap(({ key }) => [key, rules.formerKey(key) ?? key]));
  const changes: PartChange[] = [];
  const affected: AffectedRule[] = [];
  for (const key of new Set([...before.hosts.keys(), ...after.hosts.keys()])) {
    const old = before.hosts.get(key);
    const young = after.hosts.get(key);
    const host = young ?? old;
    if (host === undefined) continue;
    const { proxyClass, table, domain } = host;
    const oldRules = (old ?? hostFor(before.plan.hosts, proxyClass, table, sampleOf(domain)))?.rules ?? [];
    const youngRules = (young ?? hostFor(after.plan.hosts, proxyClass, table, sampleOf(domain)))?.rules ?? [];
    const differences = compareRules(oldRules, youngRules, rules.formerKey);
    const different = [...differences.gone, ...differences.come, ...differences.moved];
    const edited = [...oldRules, ...youngRules].filter((entry) => changed.has(entry.key));
    const place = { proxyClass, table, domain };
    const inQuestion = new Set([...different, ...edited].map(({ value }) => value));
    for (const rule of inQuestion) affected.push({ ...place, rule });
    if (inQuestion.size > 0) {
      const moved = new Set(differences.moved.map((entry) => rules.formerKey(entry.key)));
      for (const list of [oldRules, youngRules]) {
        const isBefore = list === oldRules;
        const found = overlaps.behind(list, ({ key, value }) => inQuestion.has(value) || (isBefore && moved.has(key)));
        for (const overlap of found) affected.push({ ...place, overlap });
      }
    }
    const change = changeOf(key, old, young, differences, before, after);
    if (change !== undefined) {
      changes.push(change);
      if (change.change !== "changed" || old?.otherwise !== young?.otherwise) affected.push(place);
    }
  }
  return { changes: sortChanges(changes), affected };
}

/** A host that a domain covers, for finding what served it before it had a virtual host of its own. */
function sampleOf(domain: string): string {
  return domain.replace(/^\*/, "any");
}

interface RuleDifferences {
  readonly gone: Rules;
  readonly come: Rules;
  /** Rules of both sides that come earlier or later than before, compared with the others of both sides. */
  readonly moved: Rules;
}

function compareRules(before: Rules, after: Rules, formerKey: RulesDiff["formerKey"]): RuleDifferences {
  const place = new Map(before.map(({ key }, index) => [key, index]));
  const stayed: { readonly entry: Entry<PlannedRule>; readonly index: number }[] = [];
  const come: Entry<PlannedRule>[] = [];
  for (const entry of after) {
    const former = formerKey(entry.key);
    const index = former === undefined ? undefined : place.get(former);
    if (index === undefined) come.push(entry);
    else stayed.push({ entry, index });
  }
  const kept = new Set(stayed.map(({ index }) => index));
  const steady = longestRise(stayed.map(({ index }) => index));
  return {
    gone: before.filter((_, index) => !kept.has(index)),
    come,
    moved: stayed.flatMap(({ entry, index }) => (steady.has(index) ? [] : [entry])),
  };
}

/** The members of a longest rising subsequence of distinct numbers: what need not have moved. */
function longestRise(numbers: readonly number[]): ReadonlySet<number> {
  if (numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))) return new Set(numbers);
  const tails: number[] = [];
  const previous = new Map<number, number | undefined>();
  for (const number of numbers) {
    let low = 0;
    for (let high = tails.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((tails[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous.set(number, low === 0 ? undefined : tails[low - 1]);
    tails[low] = number;
  }
  const rise = new Set<number>();
  for (let at = tails.at(-1); at !== undefined; at = previous.get(at)) rise.add(at);
  return rise;
}

const otherwiseTexts: Readonly<Record<HostPlan["otherwise"], string>> = {
  "not-found": "404",
  misdirected: "421, the host belongs to another listener",
};

function changeOf(
  key: string,
  old: HostPlan | undefined,
  young: HostPlan | undefined,
  { gone, come, moved }: RuleDifferences,
  before: ServedSide,
  after: ServedSide,
): PartChange | undefined {
  const host = young ?? old;
  if (host === undefined) return undefined;
  const where = whereIs(host, young === undefined ? before : after);
  const origin = { ...originOf(old, "originBefore"), ...originOf(young, "originAfter") };
  const part = { key, title: `${host.domain} on ${where}`, ...origin };
  if (old === undefined) return { ...part, change: "added", fields: wholeHost(host, "after") };
  if (young === undefined) return { ...part, change: "removed", fields: wholeHost(host, "before") };
  const fields: FieldChange[] = [];
  if (gone.length > 0) fields.push({ what: "rules", before: names(gone) });
  if (come.length > 0) fields.push({ what: "rules", after: names(come) });
  if (moved.length > 0) fields.push({ what: "rules with another place in the order", after: names(moved) });
  if (old.otherwise !== young.otherwise) {
    const [was, is] = [otherwiseTexts[old.otherwise], otherwiseTexts[young.otherwise]];
    fields.push({ what: "requests without a rule", before: was, after: is });
  }
  return fields.length === 0 ? undefined : { ...part, change: "changed", fields };
}

/** With the connections that get there, where the host is there more than once on its port. */
function whereIs({ proxyClass, table }: HostPlan, side: ServedSide): string {
  const port = side.portOf({ proxyClass, table });
  const chain = port?.chains.find((one) => one.table === table);
  if (port === undefined || chain === undefined) return table;
  if (new Set(port.chains.map((one) => one.table)).size === 1) return port.name;
  const names = chain.serverNames.length === 0 ? "all other names" : chain.serverNames.join(", ");
  return `${port.name}, TLS for ${names}`;
}

function wholeHost({ rules, otherwise }: HostPlan, side: "before" | "after"): readonly FieldChange[] {
  // A host without rules keeps requests from the rules of less specific ones.
  if (rules.length === 0) return [{ what: "every request", [side]: otherwiseTexts[otherwise] }];
  const list = { what: "rules", [side]: `${count(rules.length, "rule")}: ${names(rules)}` };
  if (otherwise === "not-found") return [list];
  return [list, { what: "requests without a rule", [side]: otherwiseTexts[otherwise] }];
}

/** A host is there because of its rules; the first one of its own stands for them. */
function originOf(host: HostPlan | undefined, side: "originBefore" | "originAfter"): Partial<PartChange> {
  const own = host?.rules.find(({ value }) => value.hosts.includes(host.domain));
  return own === undefined ? {} : { [side]: own.value.rule.origin };
}

function names(rules: Rules): string {
  return some(rules.map(({ value }) => describeRule(value.rule.key)));
}
