import type { Collection, Context } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import type { GatewayClientCertificate } from "../model/gateway.ts";
import type { PolicyTarget } from "../model/policy.ts";
import type { Attachment, Rule } from "../model/rule.ts";
import { type Alternatives, alternativesOf } from "./alternatives.ts";
import { type BackendPresence, backendsOf, withClientCertificate, withoutMissingBackends } from "./backends.ts";
import type { PlacedRule } from "./hosts.ts";
import type { CompileInputs } from "./inputs.ts";
import type { Placement, PortHead } from "./placement.ts";
import { mergePolicies, type PoliciesByTarget } from "./policies.ts";
import { checksClientsOf, type Site } from "./sites.ts";
import { denyIn, orderSteps } from "./step-order.ts";

export interface RuleSurroundings {
  readonly heads: Collection<PortHead>;
  readonly placements: Collection<Placement>;
  readonly sites: Collection<Site>;
  readonly policies: PoliciesByTarget;
  /** Which backends exist, without what they are, so that editing one concerns no rule. */
  readonly presentBackends: Collection<BackendPresence>;
  /** What gateways show to backends, by `namespace/name`; those that show nothing are missing. */
  readonly clientCertificates: Collection<GatewayClientCertificate>;
}

export interface PlannedRules {
  /** By `<rule key>|<listener key>`. */
  readonly rules: Collection<PlacedRule>;
  readonly findings: Collection<readonly Diagnostic[]>;
}

interface CompiledRule {
  readonly placed: readonly PlacedRule[];
  readonly findings: readonly Diagnostic[];
}

/** Plans each rule for each listener it is attached to: its match as alternatives, policies merged in, what cannot be served turned into an answer. */
export function planRules(graph: Graph, inputs: CompileInputs, around: RuleSurroundings): PlannedRules {
  const compiled = graph.derive<Rule, CompiledRule>("compile.rules", inputs.rules, (rule, key, context) => [
    [key, compileRule(rule, around, context)],
  ]);
  const rules = graph.derive<CompiledRule, PlacedRule>("plan.rules", compiled, ({ placed }) =>
    placed.map((rule) => [`${rule.rule.key}|${rule.listener}`, rule]),
  );
  const findings = graph.derive<CompiledRule, readonly Diagnostic[]>("compile.rule-findings", compiled, (one, key) =>
    one.findings.length === 0 ? [] : [[key, one.findings]],
  );
  return { rules, findings };
}

function compileRule(rule: Rule, around: RuleSurroundings, context: Context): CompiledRule {
  const matched = alternativesOf(rule.match);
  const findings = matched.problems.map((problem) => {
    const code = problem.kind === "invalid-pattern" ? "WR0302" : "WR0303";
    const outcome = matched.alternatives.length === 0 ? "is not served" : "answers 500";
    return diagnose(code, rule.origin, `${problem.message}; the rule ${outcome}`);
  });
  const placed: PlacedRule[] = [];
  for (const { placement, hosts } of oneForEachSite(rule.attachments, around, context)) {
    const { rule: planned, findings: more } = planFor(rule, matched, placement, hosts, around, context);
    if (planned !== undefined) placed.push(planned);
    findings.push(...more);
  }
  return { placed, findings };
}

interface Place {
  readonly placement: Placement;
  readonly hosts: readonly string[];
}

/** Attachments to several listeners that share their rules count once, for the hosts of all of them. */
function oneForEachSite(
  attachments: readonly Attachment[],
  around: RuleSurroundings,
  context: Context,
): readonly Place[] {
  const places = new Map<string, Place>();
  for (const { listener, hosts } of attachments.toSorted((a, b) => (a.listener < b.listener ? -1 : 1))) {
    const placement = context.get(around.placements, listener);
    if (placement === undefined) continue;
    const site = `${placement.port}|${siteOf(placement) ?? ""}`;
    const before = places.get(site);
    if (before === undefined) places.set(site, { placement, hosts: [...new Set(hosts)].sort() });
    else places.set(site, { ...before, hosts: [...new Set([...before.hosts, ...hosts])].sort() });
  }
  return [...places.values()];
}

function siteOf({ listener }: Placement): string | undefined {
  return listener.isolation === "isolated" ? listener.hostname : undefined;
}

function planFor(
  rule: Rule,
  matched: Alternatives,
  placement: Placement,
  hosts: readonly string[],
  around: RuleSurroundings,
  context: Context,
): { readonly rule?: PlacedRule; readonly findings: readonly Diagnostic[] } {
  const { listener, port } = placement;
  const head = context.get(around.heads, port);
  const site = context.get(around.sites, `${port}|${listener.hostname}`);
  const merged = mergePolicies(policyTargets(rule, listener.gateway, listener.section), around.policies, context);
  if (head === undefined || matched.alternatives.length === 0) return { findings: merged.findings };
  if (!checksClientsOf(site, listener)) return { findings: merged.findings };
  const steps = orderSteps([...merged.steps, ...rule.steps]);
  const served = servedRule(rule, matched, steps, listener.gateway, around, context);
  const isolated = siteOf(placement);
  const planned: PlacedRule = {
    proxyClass: head.proxyClass,
    port,
    ...(isolated === undefined ? {} : { site: isolated }),
    listener: listener.key,
    entry: { scheme: head.tls ? "https" : "http", port: listener.port },
    table: site?.table ?? head.table,
    hosts,
    rule: served,
    alternatives: matched.alternatives,
    steps: served.steps,
    backends: backendsOf(served),
  };
  return { rule: planned, findings: merged.findings };
}

/** The rule with all steps, or the answer that stands in for it where it must not be served. */
function servedRule(
  rule: Rule,
  matched: Alternatives,
  steps: Rule["steps"],
  gateway: string,
  around: RuleSurroundings,
  context: Context,
): Rule {
  const present = withoutMissingBackends(
    { ...rule, steps },
    (key) => context.get(around.presentBackends, key) !== undefined,
  );
  const shown = context.get(around.clientCertificates, gateway);
  const speaksTls = (key: string) => context.get(around.presentBackends, key)?.tls === true;
  const checked = shown === undefined ? present : withClientCertificate(present, gateway, shown, speaksTls);
  const deny = denyIn(checked.steps);
  if (deny !== undefined) return { ...checked, steps: [deny], end: { kind: "respond", status: deny.status } };
  if (matched.problems.length > 0) return { ...checked, steps: [], end: { kind: "respond", status: 500 } };
  return checked;
}

function policyTargets(rule: Rule, gateway: string, section: string): readonly PolicyTarget[] {
  const { object, rule: name } = rule.policyTargets;
  const targets: PolicyTarget[] = [
    { kind: "gateway", gateway },
    { kind: "listener", gateway, section },
    { kind: "route", object },
  ];
  if (name !== undefined) targets.push({ kind: "rule", object, rule: name });
  return targets;
}
