import type { Collection, Context, Group } from "../../incremental/collection.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import type { Match, PathMatch } from "../../model/match.ts";
import { specificityOrder } from "../../model/order.ts";
import type { Provenance } from "../../model/provenance.ts";
import type { Attachment, Order, Redirect, Rule, RuleEnd } from "../../model/rule.ts";
import { type Json, objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import type { CoreCollections, DialectOptions } from "../dialect.ts";
import { clientPort } from "../gateway-defaults.ts";
import { origin } from "../origin.ts";
import { readBackend } from "./backend.ts";
import { hostsOf, isWildcard, oneLabelUnder, ruleHost, wildcardOver } from "./hosts.ts";
import { httpSection, httpsSection, listenerKey } from "./sections.ts";

/** Where ACME's http-01 challenges are answered, over plain HTTP (RFC 8555, section 8.3). */
const challengePath = "/.well-known/acme-challenge";

export interface RuleSurroundings {
  readonly gateway: string;
  readonly core: CoreCollections;
  readonly options: DialectOptions;
  /** Hosts with a TLS section, by `<gateway>|<host>`. */
  readonly tlsHosts: Collection<true>;
  /** Wildcard hosts that rules use, by gateway; the entries' keys are of no meaning. */
  readonly wildcards: Group<string>;
  readonly context: Context;
}

export interface IngressRules {
  readonly rules: readonly Rule[];
  readonly diagnostics: readonly Diagnostic[];
}

/** One path of one host of an Ingress, before it is known over which listeners it is served. */
interface Row {
  readonly key: string;
  readonly host: string;
  readonly path: PathMatch;
  readonly order: Order;
  readonly end: RuleEnd;
  readonly origin: Provenance;
}

/**
 * The rules of an Ingress that is served (networking.k8s.io/v1). Hosts with a TLS section are redirected from HTTP to HTTPS where the
 * installation wants that, ACME challenges excepted.
 */
export function translateRules(object: SourceObject, around: RuleSurroundings): IngressRules {
  const diagnostics: Diagnostic[] = [];
  const rules: Rule[] = [];
  listAt(object.body, "spec", "rules").forEach((rule, ruleIndex) => {
    const host = ruleHost(textAt(rule, "host"));
    listAt(rule, "http", "paths").forEach((path, pathIndex) => {
      const at = ["spec", "rules", ruleIndex, "http", "paths", pathIndex] as const;
      const backend = readBackend(object, valueAt(path, "backend"), [...at, "backend"], around.core, around.context);
      if (backend.diagnostic !== undefined) diagnostics.push(backend.diagnostic);
      const row: Row = {
        key: `ingress/${object.namespace}/${object.name}/${ruleIndex}/${pathIndex}`,
        host,
        path: readPath(path),
        order: orderOf(object, readPath(path), ruleIndex, pathIndex),
        end: backend.end,
        origin: origin(object, ...at),
      };
      rules.push(...rulesOf(object, row, around));
    });
  });
  const standard = valueAt(object.body, "spec", "defaultBackend");
  if (standard !== undefined) {
    const backend = readBackend(object, standard, ["spec", "defaultBackend"], around.core, around.context);
    if (backend.diagnostic !== undefined) diagnostics.push(backend.diagnostic);
    rules.push(defaultRule(object, backend.end, around));
  }
  return { rules, diagnostics };
}

/** ImplementationSpecific is read as Prefix. A trailing slash of a prefix does not matter (Ingress, "Path types"). */
function readPath(path: Json): PathMatch {
  const value = textAt(path, "path") ?? "";
  if (textAt(path, "pathType") === "Exact") return { kind: "exact", value: value === "" ? "/" : value };
  const prefix = value.replace(/\/+$/, "");
  return { kind: "segment-prefix", value: prefix === "" ? "/" : prefix };
}

function orderOf(object: SourceObject, path: PathMatch | undefined, ruleIndex: number, pathIndex: number): Order {
  return specificityOrder({
    path,
    hasMethod: false,
    headerCount: 0,
    queryCount: 0,
    creationTimestamp: object.creationTimestamp,
    namespace: object.namespace,
    name: object.name,
    ruleIndex,
    matchIndex: pathIndex,
  });
}

function rulesOf(object: SourceObject, row: Row, around: RuleSurroundings): Rule[] {
  const rules = servedOver(object, row, isWildcard(row.host) ? [oneLabelUnder(row.host)] : [], [row.host], around);
  if (row.host !== "*") return rules;
  const used = around.context.group(around.wildcards, around.gateway);
  if (used.length === 0) return rules;
  const wildcards = [...new Set(used.map((entry) => entry.value))].sort();
  // A wildcard host stands for one label, its virtual host for any number: requests with more labels belong to rules without a host.
  const beyond = wildcards.map((host): Match => ({ kind: "not", of: oneLabelUnder(host) }));
  return [...rules, ...servedOver(object, { ...row, key: `${row.key}~beyond` }, beyond, wildcards, around)];
}

/** The rule itself, over HTTP and HTTPS or, where HTTP is redirected, over HTTPS with its redirect beside it. */
function servedOver(
  object: SourceObject,
  row: Row,
  terms: readonly Match[],
  hosts: readonly string[],
  around: RuleSurroundings,
): Rule[] {
  const http = { listener: listenerKey(around.gateway, httpSection), hosts };
  const https = { listener: listenerKey(around.gateway, httpsSection), hosts };
  const match = matching(row.path, terms);
  const relation = relationToChallenges(row.path);
  if (relation === "within" || !isRedirected(row.host, around)) {
    return [makeRule(object, row, match, [http, https], row.end)];
  }
  const rules = [
    makeRule(object, row, match, [https], row.end),
    makeRule(object, { ...row, key: `${row.key}~redirect` }, match, [http], redirectToHttps(around.options)),
  ];
  if (relation === "apart") return rules;
  const before = { ...row, key: `${row.key}~challenge`, order: oneHeaderMore(row.order) };
  const challenges = matching({ kind: "segment-prefix", value: challengePath }, terms);
  return [...rules, makeRule(object, before, challenges, [http], row.end)];
}

function matching(path: PathMatch, terms: readonly Match[]): Match {
  const match: Match = { kind: "path", path };
  return terms.length === 0 ? match : { kind: "all", of: [match, ...terms] };
}

function isRedirected(host: string, { gateway, options, tlsHosts, context }: RuleSurroundings): boolean {
  if (!options.ingress.redirectToHttps) return false;
  const wildcard = wildcardOver(host);
  return (
    context.get(tlsHosts, `${gateway}|${host}`) === true ||
    (wildcard !== undefined && context.get(tlsHosts, `${gateway}|${wildcard}`) === true)
  );
}

function redirectToHttps(options: DialectOptions): Redirect {
  const port = clientPort(options, options.ingress.httpsPort);
  const redirect = { kind: "redirect", status: 308, scheme: "https" } as const;
  return port === 443 ? redirect : { ...redirect, port };
}

/** Whether a path lies within the challenges' path, covers it, or has nothing to do with it. */
function relationToChallenges(path: PathMatch): "within" | "covers" | "apart" {
  if (path.value === challengePath || path.value.startsWith(`${challengePath}/`)) return "within";
  if (path.kind === "exact") return "apart";
  return path.value === "/" || challengePath.startsWith(`${path.value}/`) ? "covers" : "apart";
}

/** Before the redirect with the same path, as one more header match would be. */
function oneHeaderMore({ rank, specificity }: Order): Order {
  return {
    rank,
    specificity: specificity.map((part, index) => (index === 3 && typeof part === "number" ? part - 1 : part)),
  };
}

/**
 * The Ingress's default backend: the last resort for its own hosts and for whatever no rule of any Ingress matches (IngressSpec.defaultBackend).
 */
function defaultRule(object: SourceObject, end: RuleEnd, around: RuleSurroundings): Rule {
  const hosts = [...new Set([...hostsOf(object), "*"])].sort();
  const row: Row = {
    key: `ingress/${object.namespace}/${object.name}/default/0`,
    host: "*",
    path: { kind: "segment-prefix", value: "/" },
    order: orderOf(object, undefined, 0, 0),
    end,
    origin: origin(object, "spec", "defaultBackend"),
  };
  const attachments = [httpSection, httpsSection].map((section) => ({
    listener: listenerKey(around.gateway, section),
    hosts,
  }));
  return { ...makeRule(object, row, { kind: "path", path: row.path }, attachments, end), fallThrough: true };
}

function makeRule(
  object: SourceObject,
  row: Row,
  match: Match,
  attachments: readonly Attachment[],
  end: RuleEnd,
): Rule {
  return {
    key: row.key,
    dialect: "ingress",
    attachments,
    match,
    order: row.order,
    fallThrough: false,
    steps: [],
    end,
    timeouts: {},
    policyTargets: { object: objectKey(refOf(object)) },
    origin: row.origin,
  };
}
