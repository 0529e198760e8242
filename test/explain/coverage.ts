import type { Conjunction, PlanCollections } from "../../src/compile/plan.ts";
import type { BackendTlsTarget, Explanation } from "../../src/explain/explanation.ts";
import { describeConjunction } from "../../src/explain/match.ts";
import type { WorldConnection } from "./connections.ts";
import type { ConnectionReality, Reality } from "./reality.ts";
import type { WorldRequest } from "./requests.ts";

/** What a run has been about. */
export interface Coverage {
  requests: number;
  /** Requests that met a rule. */
  hits: number;
  /** Those of them that two or more rules fitted. */
  choices: number;
  /** How often a request was decided by each kind of match, and came to each kind of end. */
  readonly kinds: Map<string, number>;
}

export function emptyCoverage(): Coverage {
  return { requests: 0, hits: 0, choices: 0, kinds: new Map() };
}

export function cover(
  coverage: Coverage,
  plan: Pick<PlanCollections, "hosts">,
  request: WorldRequest,
  explanation: Explanation,
  reality: Reality,
): void {
  coverage.requests++;
  const { entry, host, outcomes, passedOver } = explanation;
  const rules = outcomes.flatMap(({ rule }) => (rule === undefined ? [] : [rule.key]));
  if (rules.length > 0) {
    coverage.hits++;
    const fitting = passedOver.filter(({ failures }) => failures.length === 0).map(({ rule }) => rule.key);
    if (new Set([...rules, ...fitting]).size > 1) coverage.choices++;
  }
  const kinds = new Set<string>();
  if (request.secure) kinds.add(request.serverName === undefined ? "tls without server name" : "tls with server name");
  if (entry !== undefined && entry.pathChanges.length > 0) kinds.add("path normalised");
  if (rules.length > 0 && host?.domain !== undefined) kinds.add(hostKind(host.domain));
  for (const outcome of outcomes) {
    kinds.add(`end ${outcome.end.kind}`);
    for (const step of outcome.steps) kinds.add(`step ${step.kind} ${step.verdict}`);
    if (outcome.rule === undefined) continue;
    const key = `${entry?.proxyClass}|${host?.table}|${host?.domain}`;
    const planned = plan.hosts.get(key)?.rules.find(({ value }) => value.rule.key === outcome.rule?.key)?.value;
    const matched = planned?.alternatives.find((alternative) => describeConjunction(alternative) === outcome.matched);
    if (matched !== undefined) for (const kind of matchKinds(matched)) kinds.add(kind);
    kinds.add(`dialect ${outcome.rule.dialect}`);
  }
  kinds.add(reality.kind === "closed" ? "closed" : `status ${reality.status}`);
  if (entry?.clientCertificate !== undefined) {
    kinds.add(`client certificate ${entry.clientCertificate.mode}, ${request.certificate} shown`);
  }
  for (const { end } of outcomes) {
    for (const { to } of end.kind === "forward" ? end.targets : []) if (to.kind === "backend") addTls(to.tls, kinds);
  }
  count(coverage, kinds);
}

export function coverConnection(
  coverage: Coverage,
  { protocol }: WorldConnection,
  { entry, outcomes }: Explanation,
  reality: ConnectionReality,
): void {
  const how = protocol !== "tls" ? protocol : entry?.certificates.length === 0 ? "tls passed on" : "tls ended";
  const kinds = new Set([`${how} ${reality.kind}`]);
  for (const { end } of outcomes) {
    for (const { to } of end.kind === "forward" ? end.targets : []) {
      if (to.kind === "connection" && to.tls !== undefined) kinds.add("tls ended and begun again");
    }
  }
  count(coverage, kinds);
}

function addTls(tls: BackendTlsTarget | undefined, kinds: Set<string>): void {
  if (tls === undefined) return;
  kinds.add("TLS to the backend");
  if (tls.clientCertificate !== undefined) kinds.add("certificate shown to the backend");
}

function count({ kinds: counts }: Coverage, kinds: ReadonlySet<string>): void {
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

function hostKind(domain: string): string {
  if (domain === "*") return "host none";
  return domain.startsWith("*.") ? "host wildcard" : "host exact";
}

function matchKinds({ path, terms }: Conjunction): readonly string[] {
  return [
    `path ${path?.kind ?? "none"}`,
    ...terms.map(({ predicate }) =>
      "value" in predicate ? `${predicate.kind} ${predicate.value.kind}` : predicate.kind,
    ),
  ];
}
