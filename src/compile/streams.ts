import type { Collection, Context, Entry, Group } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import type { GatewayClientCertificate, ListenerTls } from "../model/gateway.ts";
import { compareOrder } from "../model/order.ts";
import { describeRef } from "../model/source-object.ts";
import type { StreamBackend, StreamRule } from "../model/stream-rule.ts";
import { presentedBackendKey } from "../references/backend-key.ts";
import type { BackendPresence } from "./backends.ts";
import { patternsOver } from "./domain.ts";
import type { CompileInputs } from "./inputs.ts";
import { comparePlacements, type Placement } from "./placement.ts";
import type { StreamChainPlan } from "./plan.ts";
import { mergePolicies, type PoliciesByTarget } from "./policies.ts";
import type { Site } from "./sites.ts";

export interface StreamSurroundings {
  /** Listeners for TLS, TCP and UDP, by their key. */
  readonly placements: Collection<Placement>;
  readonly sites: Collection<Site>;
  readonly policies: PoliciesByTarget;
  readonly presentBackends: Collection<BackendPresence>;
  readonly clientCertificates: Collection<GatewayClientCertificate>;
}

export interface PlannedStreams {
  /** By port key. */
  readonly byPort: Group<PortStream>;
  readonly findings: Collection<readonly Diagnostic[]>;
}

/** A chain and the port that has it. */
export interface PortStream {
  readonly port: string;
  readonly chain: StreamChainPlan;
}

/** A rule for one host of one listener. */
interface Contender {
  readonly host: string;
  readonly placement: Placement;
  readonly rule: StreamRule;
}

/** Who gets what arrives for one host of a port. */
interface Verdict {
  readonly host: string;
  readonly placement: Placement;
  /** Undefined: nobody, connections are closed. */
  readonly rule?: StreamRule;
  readonly findings: readonly Diagnostic[];
}

/**
 * Chains for what is not read as HTTP. For each host of a port one rule gets everything: that of the listener with the most specific host over it, of
 * several the first in order. A listener's own host always has a chain, which closes connections where no rule is for it: neither must a less specific
 * listener answer in its place, nor the port stay closed until the first route comes.
 */
export function planStreams(graph: Graph, inputs: CompileInputs, around: StreamSurroundings): PlannedStreams {
  const members = graph.group(
    "compile.stream-sites",
    around.placements,
    ({ port, listener }) => [`${port}|${listener.hostname}`],
    comparePlacements,
  );
  const contenders = graph.derive<StreamRule, Contender>(
    "compile.stream-contenders",
    inputs.streamRules,
    (rule, key, context) =>
      rule.attachments.flatMap(({ listener, hosts }) => {
        const placement = context.get(around.placements, listener);
        if (placement === undefined) return [];
        return hosts.map((host) => [`${key}|${listener}|${host}`, { host, placement, rule }] as const);
      }),
  );
  const byHost = graph.group(
    "compile.stream-contenders-by-host",
    contenders,
    ({ host, placement }) => [`${placement.port}|${host}`],
    compareContenders,
  );
  const hosts = graph.join<true>("compile.stream-hosts", [
    graph.derive<unknown, true>("compile.stream-hosts-of-rules", byHost, (_, key) => [[key, true]]),
    graph.derive<unknown, true>("compile.stream-hosts-of-listeners", members, (_, key) => [[key, true]]),
  ]);
  const verdicts = graph.derive<true, Verdict>("compile.stream-verdicts", hosts, (_, key, context) => {
    const verdict = judge(key, members, byHost, around, context);
    return verdict === undefined ? [] : [[key, verdict]];
  });
  const byChain = graph.group("compile.stream-chain-members", verdicts, ({ placement, rule, host }) => [
    `${placement.port}|${chainName(placement, rule, host)}`,
  ]);
  const chains = graph.derive<readonly Entry<Verdict>[], PortStream & { readonly findings: readonly Diagnostic[] }>(
    "compile.stream-chains",
    byChain,
    (list, key, context) => {
      const first = list[0]?.value;
      return first === undefined ? [] : [[key, chainOf(first, list, inputs, around, context)]];
    },
  );
  const findings = [
    graph.derive<readonly Entry<Placement>[], readonly Diagnostic[]>(
      "compile.stream-site-findings",
      members,
      (list, key, context) =>
        context.get(around.sites, key)?.claims === true ? [[key, list.map(({ value }) => takenByHttps(value))]] : [],
    ),
    graph.derive<Verdict, readonly Diagnostic[]>("compile.stream-verdict-findings", verdicts, (verdict, key) =>
      verdict.findings.length === 0 ? [] : [[key, verdict.findings]],
    ),
    graph.derive<{ readonly findings: readonly Diagnostic[] }, readonly Diagnostic[]>(
      "compile.stream-chain-findings",
      chains,
      (chain, key) => (chain.findings.length === 0 ? [] : [[key, chain.findings]]),
    ),
  ];
  return {
    byPort: graph.group<PortStream>("compile.port-streams", chains, ({ port }) => [port]),
    findings: graph.join("compile.stream-findings", findings),
  };
}

function compareContenders(a: Contender, b: Contender): number {
  const byRule =
    compareOrder(a.rule.order, b.rule.order) || (a.rule.key < b.rule.key ? -1 : Number(a.rule.key > b.rule.key));
  return comparePlacements(a.placement, b.placement) || byRule;
}

function judge(
  key: string,
  members: Group<Placement>,
  byHost: Group<Contender>,
  { sites }: StreamSurroundings,
  context: Context,
): Verdict | undefined {
  const bar = key.lastIndexOf("|");
  const [port, host] = [key.slice(0, bar), key.slice(bar + 1)];
  const list = context.group(byHost, key).map((entry) => entry.value);
  const own = context.group(members, key)[0]?.value;
  for (const pattern of patternsOver(host)) {
    const claimed = context.get(sites, `${port}|${pattern}`);
    if (claimed?.claims === true) return undefined;
    const listeners = context.group(members, `${port}|${pattern}`);
    const [first] = listeners;
    if (first === undefined) continue;
    const here = list.filter(({ placement }) => placement.listener.hostname === pattern);
    const [winner] = here;
    if (winner === undefined) return own === undefined ? undefined : { host, placement: own, findings: [] };
    const findings = here
      .filter(({ rule }) => rule.key !== winner.rule.key)
      .map((loser) => lossTo(winner, loser, host));
    return { host, placement: winner.placement, rule: winner.rule, findings };
  }
  return undefined;
}

function lossTo(winner: Contender, loser: Contender, host: string): Diagnostic {
  const by = describeRef(winner.rule.origin.object);
  const where = host === "*" ? `port ${winner.placement.listener.port}` : `host ${host}`;
  const message = `${by} comes first and gets everything that arrives for ${where}`;
  return diagnose("WR0301", loser.rule.origin, message, "remove one of the two or attach them to different listeners");
}

function takenByHttps({ listener }: Placement): Diagnostic {
  const message = `listener ${listener.key} has the port and host of a listener for HTTPS, which is served in its place`;
  return diagnose("WR0304", listener.origin, message, "give one of the two another port or host");
}

function chainName({ listener }: Placement, rule: StreamRule | undefined, host: string): string {
  return `${listener.key}/${rule === undefined ? `closed/${host}` : rule.key}`;
}

function chainOf(
  { placement, rule, host }: Verdict,
  list: readonly Entry<Verdict>[],
  inputs: CompileInputs,
  around: StreamSurroundings,
  context: Context,
): PortStream & { readonly findings: readonly Diagnostic[] } {
  const { port, listener } = placement;
  const base = {
    name: chainName(placement, rule, host),
    serverNames: list
      .map(({ value }) => value.host)
      .filter((name) => name !== "*")
      .sort(),
    listener: listener.key,
  };
  const closed = { port, chain: base };
  if (rule === undefined) return { ...closed, findings: [] };
  const { object, rule: name } = rule.policyTargets;
  const merged = mergePolicies(
    [
      { kind: "gateway", gateway: listener.gateway },
      { kind: "listener", gateway: listener.gateway, section: listener.section },
      { kind: "route", object },
      ...(name === undefined ? [] : [{ kind: "rule", object, rule: name } as const]),
    ],
    around.policies,
    context,
  );
  if (merged.steps.length > 0) {
    const message =
      "a policy covers the rule, which cannot be enforced on what is not read as HTTP; connections are closed";
    const hint = "aim the policy at the listeners or routes that speak HTTP";
    return { ...closed, findings: [...merged.findings, diagnose("WR0402", rule.origin, message, hint)] };
  }
  const tls = listener.tls?.mode === "terminate" ? usableTls(listener.tls, inputs, context) : undefined;
  if (listener.tls?.mode === "terminate" && tls === undefined) return { ...closed, findings: merged.findings };
  const served = { ...rule, backends: rule.backends.map((one) => reachable(one, listener.gateway, around, context)) };
  const chain = { ...base, rule: served, backends: backendsOf(served) };
  return { port, chain: tls === undefined ? chain : { ...chain, tls }, findings: merged.findings };
}

function usableTls(tls: ListenerTls, inputs: CompileInputs, context: Context): ListenerTls | undefined {
  const certificates = tls.certificates.filter((key) => context.get(inputs.certificates, key) !== undefined);
  return certificates.length === 0 ? undefined : { ...tls, certificates };
}

/** The backend as the gateway reaches it, with the gateway's certificate where it shows one; closed where that cannot be. */
function reachable(one: StreamBackend, gateway: string, around: StreamSurroundings, context: Context): StreamBackend {
  if (one.target.kind === "close") return one;
  const { backend } = one.target;
  const presence = context.get(around.presentBackends, backend);
  if (presence === undefined) return { ...one, target: { kind: "close" } };
  const shown = presence.tls ? context.get(around.clientCertificates, gateway) : undefined;
  if (shown === undefined) return one;
  if (shown.kind === "unusable") return { ...one, target: { kind: "close" } };
  return { ...one, target: { kind: "backend", backend: presentedBackendKey(backend, gateway) } };
}

function backendsOf({ backends }: StreamRule): readonly string[] {
  const keys = backends.flatMap(({ weight, target }) =>
    weight > 0 && target.kind === "backend" ? [target.backend] : [],
  );
  return [...new Set(keys)].sort();
}
