import type { Collection, Context, Entry, Group } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import { compareOrder } from "../model/order.ts";
import { patternsOver } from "./domain.ts";
import type { PortHead } from "./placement.ts";
import type { HostPlan, PlannedRule } from "./plan.ts";
import type { Site, Sites } from "./sites.ts";

/** A planned rule with the place that its domains are found by. */
export interface PlacedRule extends PlannedRule {
  /** Key of the port. */
  readonly port: string;
  /** The host pattern of the isolated listener it is attached to; undefined for shared listeners. */
  readonly site?: string;
}

/** The rules of one host that behave alike when hosts of different specificity are put together. */
interface Block {
  readonly key: string;
  readonly port: string;
  readonly host: string;
  readonly site?: string;
  readonly dialect: string;
  readonly fallThrough: boolean;
}

type RuleList = readonly Entry<PlacedRule>[];
type BlockOfRules = Group<PlacedRule>;

/**
 * The virtual hosts of all tables: one for each host that rules are for, and one for each listener's own host, so that what is less specific does not answer for it. A domain gets the rules of the one isolated listener that owns it and of the shared listeners: first those for exactly
 * this domain, then, from the most to the least specific pattern over it, those that fall through. Rules that do not fall through serve
 * a pattern's hosts only as long as their own dialect has no rules for a more specific one, whatever other dialects do there.
 */
export function planHosts(
  graph: Graph,
  heads: Collection<PortHead>,
  sites: Sites,
  rules: Collection<PlacedRule>,
): Collection<HostPlan> {
  const lists: BlockOfRules = graph.group("compile.blocks", rules, blockKeys, comparePlaced);
  const blocks = graph.derive<RuleList, Block>("compile.block-names", lists, (list, key) => {
    const first = list[0]?.value;
    return first === undefined ? [] : [[key, blockOf(first, key)]];
  });
  const blocksByHost = graph.group("compile.host-blocks", blocks, (block) => [`${block.port}|${block.host}`]);
  const ruleDomains = graph.derive<unknown, Domain>("compile.rule-domains", blocksByHost, (_, key) => [domainOf(key)]);
  const siteDomains = graph.derive<Site, Domain>("compile.site-domains", sites.sites, (_, key) => [domainOf(key)]);
  const domains = graph.join("compile.domains", [ruleDomains, siteDomains]);
  return graph.derive<Domain, HostPlan>(
    "plan.served-hosts",
    domains,
    ({ port, domain }, _, context) => {
      const head = context.get(heads, port);
      if (head === undefined) return [];
      const patterns = patternsOver(domain);
      const covering = patterns.map((pattern) => context.get(sites.sites, `${port}|${pattern}`));
      const owner = covering.find((site) => site?.isolated === true);
      const { rules: list, own } = collect(patterns, port, owner?.hostname, context, lists, blocksByHost);
      if (!own && covering[0] === undefined) return [];
      const table = covering.find((site) => site?.claims === true)?.table ?? head.table;
      const plan: HostPlan = { proxyClass: head.proxyClass, table, domain, rules: list, otherwise: "not-found" };
      return [[`${head.proxyClass}|${table}|${domain}`, plan]];
    },
    sameHost,
  );
}

interface Domain {
  readonly port: string;
  readonly domain: string;
}

function domainOf(key: string): readonly [string, Domain] {
  const bar = key.lastIndexOf("|");
  return [key, { port: key.slice(0, bar), domain: key.slice(bar + 1) }];
}

/** Order first; equal places (one rule on two listeners) by name. */
function comparePlaced(a: PlacedRule, b: PlacedRule): number {
  return compareOrder(a.rule.order, b.rule.order) || (a.rule.key < b.rule.key ? -1 : a.rule.key > b.rule.key ? 1 : 0);
}

function blockKeys(rule: PlacedRule): readonly string[] {
  const kind = `${rule.site ?? ""}|${rule.rule.dialect}|${rule.rule.fallThrough ? "falls" : "stays"}`;
  return rule.hosts.map((host) => `${rule.port}|${kind}|${host}`);
}

function blockOf({ port, site, rule }: PlacedRule, key: string): Block {
  const host = key.slice(key.lastIndexOf("|") + 1);
  const block = { key, port, host, dialect: rule.dialect, fallThrough: rule.fallThrough };
  return site === undefined ? block : { ...block, site };
}

/** `own` tells whether any rule is for exactly the first pattern, the domain itself. */
function collect(
  patterns: readonly string[],
  port: string,
  owner: string | undefined,
  context: Context,
  lists: BlockOfRules,
  blocksByHost: Group<Block>,
): { readonly rules: RuleList; readonly own: boolean } {
  const settled = new Set<string>();
  const done: string[] = [];
  let rules: RuleList = [];
  let own = false;
  for (const pattern of patterns) {
    let here: RuleList = [];
    const settling: string[] = [];
    for (const { value: block } of context.group(blocksByHost, `${port}|${pattern}`)) {
      if (block.site !== undefined && block.site !== owner) continue;
      const dialect = `${block.site ?? ""}|${block.dialect}`;
      if (!block.fallThrough) {
        if (settled.has(dialect)) continue;
        settling.push(dialect);
      }
      here = merge(here, without(context.group(lists, block.key), done));
    }
    for (const dialect of settling) settled.add(dialect);
    if (done.length === 0) own = here.length > 0;
    if (here.length > 0) rules = rules.length === 0 ? here : [...rules, ...here];
    done.push(pattern);
  }
  return { rules, own };
}

/** Leaves out rules that a more specific pattern has brought already. */
function without(list: RuleList, done: readonly string[]): RuleList {
  if (done.length === 0) return list;
  const repeated = (entry: Entry<PlacedRule>) => entry.value.hosts.some((host) => done.includes(host));
  return list.some(repeated) ? list.filter((entry) => !repeated(entry)) : list;
}

/** Two sorted lists as one; where one is empty the other is kept as it is, so that a long list of one dialect is never copied. */
function merge(a: RuleList, b: RuleList): RuleList {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...a, ...b].sort((left, right) => comparePlaced(left.value, right.value) || (left.key < right.key ? -1 : 1));
}

/** Planned rules are compared where they are made; here their identity is enough, which keeps comparing long lists cheap. */
function sameHost(a: HostPlan, b: HostPlan): boolean {
  if (a.domain !== b.domain || a.table !== b.table || a.proxyClass !== b.proxyClass) return false;
  if (a.otherwise !== b.otherwise || a.rules.length !== b.rules.length) return false;
  return a.rules === b.rules || a.rules.every((entry, index) => sameEntry(entry, b.rules[index]));
}

function sameEntry(a: Entry<PlannedRule>, b: Entry<PlannedRule> | undefined): boolean {
  return a.key === b?.key && a.value === b.value;
}
