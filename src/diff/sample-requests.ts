import type { FullMatch } from "../compile/pattern.ts";
import type { Conjunction, PortPlan } from "../compile/plan.ts";
import { matchesValue } from "../compile/predicates.ts";
import { isInAny } from "../explain/client-address.ts";
import type { ExplainRequest } from "../explain/explanation.ts";
import type { AccessRule, HeaderValue, Step } from "../model/step.ts";
import type { AffectedRule } from "./diff-hosts.ts";
import { addressIn, pathTexts, valueText } from "./value-texts.ts";

/** Samples for one rule at one host: requests it is for, and requests just beside it. */
export interface Samples {
  readonly main: readonly ExplainRequest[];
  readonly near: readonly ExplainRequest[];
}

export const usualClient = "127.0.0.1";
/** Addresses of no network in use (RFC 5737, RFC 3849), for clients that are outside of something. */
const otherClients = [usualClient, "192.0.2.1", "198.51.100.1", "2001:db8::1"];
/** Of one rule at one host; what is near is cut first. */
const mostAlternatives = 8;
const mostNear = 24;

interface Draft {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly HeaderValue[];
  readonly query: readonly HeaderValue[];
  readonly cookies: readonly HeaderValue[];
  readonly client: string;
  readonly serverName?: string;
}

/** `host` is a host of the affected domain; `regex` matches as RE2 does. */
export function samplesFor(
  { proxyClass, table, rule, overlap }: AffectedRule,
  host: string,
  port: PortPlan,
  regex: FullMatch,
): Samples {
  const plain: Draft = { host, method: "GET", path: "/", headers: [], query: [], cookies: [], client: usualClient };
  const toRequests = (drafts: readonly Draft[]) => drafts.map((draft) => requestOf(draft, proxyClass, table, port));
  if (overlap !== undefined) {
    const meetsBoth = overlap.terms.reduce((one, { predicate, negated }) => met(one, predicate, negated, regex), {
      ...plain,
      path: overlap.path,
    });
    return { main: toRequests([meetsBoth]), near: [] };
  }
  if (rule === undefined) return { main: toRequests([plain, { ...plain, path: "/any" }]), near: [] };
  const main: Draft[] = [];
  const near: Draft[] = [];
  for (const alternative of rule.alternatives.slice(0, mostAlternatives)) {
    const drafts = draftsOf(alternative, plain, regex);
    main.push(...drafts.main);
    near.push(...drafts.near);
  }
  const policed = main.slice(0, 1).flatMap((draft) => rule.steps.flatMap((step) => draftsForStep(step, draft, regex)));
  return { main: toRequests(main), near: toRequests([...policed, ...near].slice(0, mostNear)) };
}

function draftsOf({ path, terms }: Conjunction, plain: Draft, regex: FullMatch) {
  const paths = pathTexts(path, regex);
  const [first, ...others] = paths.matching;
  // An expression for which no text is found may still be hit by the neighbours of other rules.
  if (first === undefined) return { main: [], near: [] };
  const meet = (one: Draft, { predicate, negated }: (typeof terms)[number]): Draft =>
    met(one, predicate, negated, regex);
  const met0 = terms.reduce(meet, { ...plain, path: first });
  const flipped = terms.map((_, index) =>
    terms.reduce((one, term, at) => meet(one, at === index ? { ...term, negated: !term.negated } : term), {
      ...plain,
      path: first,
    }),
  );
  return {
    main: [met0],
    near: [...flipped, ...[...others, ...paths.near].map((other) => ({ ...met0, path: other }))],
  };
}

/** The draft, changed so that it meets the condition; unchanged where nothing fitting is found. */
function met(
  draft: Draft,
  predicate: Conjunction["terms"][number]["predicate"],
  negated: boolean,
  regex: FullMatch,
): Draft {
  switch (predicate.kind) {
    case "method":
      if (!negated) return { ...draft, method: predicate.method };
      return draft.method === predicate.method ? { ...draft, method: draft.method === "POST" ? "PUT" : "POST" } : draft;
    case "header":
    case "query":
    case "cookie": {
      const isAuthority = predicate.name === ":authority" || predicate.name.toLowerCase() === "host";
      if (isAuthority && matchesValue(predicate.value, draft.host, regex)) return draft;
      const value = negated ? undefined : valueText(predicate.value, regex);
      if (value === undefined) return draft;
      const pair = { name: predicate.name, value };
      if (predicate.kind === "query") return { ...draft, query: [...draft.query, pair] };
      if (predicate.kind === "cookie") return { ...draft, cookies: [...draft.cookies, pair] };
      if (isAuthority) return { ...draft, host: value };
      return predicate.name.startsWith(":") ? draft : { ...draft, headers: [...draft.headers, pair] };
    }
    case "client-address": {
      const inside = addressIn(predicate.cidrs);
      const outside = otherClients.find((address) => !isInAny(address, predicate.cidrs));
      return { ...draft, client: (negated ? outside : inside) ?? draft.client };
    }
    case "server-name": {
      const name = negated ? undefined : predicate.names[0]?.replace(/^\*/, "any");
      return name === undefined || name === "" ? draft : { ...draft, serverName: name };
    }
    case "share":
      return draft;
  }
}

/** Requests that the step tells apart from others. */
function draftsForStep(step: Step, draft: Draft, regex: FullMatch): readonly Draft[] {
  switch (step.kind) {
    case "authorize":
      return [...step.deny, ...step.allow].flatMap((rule) => draftsForAccess(rule, draft, regex));
    case "cors": {
      const origin = step.allowOrigins[0]?.replaceAll("*", "any");
      if (origin === undefined) return [];
      const headers = [...draft.headers, { name: "origin", value: origin === "any" ? "https://any.example" : origin }];
      const asks = { name: "access-control-request-method", value: draft.method };
      return [
        { ...draft, headers },
        { ...draft, method: "OPTIONS", headers: [...headers, asks] },
      ];
    }
    default:
      return [];
  }
}

function draftsForAccess(rule: AccessRule, draft: Draft, regex: FullMatch): readonly Draft[] {
  const client = rule.clientAddresses === undefined ? undefined : addressIn(rule.clientAddresses);
  const method = rule.methods?.[0];
  const headers = (rule.headers ?? []).flatMap(({ name, value }) => {
    const text = valueText(value, regex);
    return text === undefined ? [] : [{ name, value: text }];
  });
  const inside: Draft = {
    ...draft,
    client: client ?? draft.client,
    method: method ?? draft.method,
    headers: [...draft.headers, ...headers],
  };
  const elsewhere = (rule.pathPrefixes ?? []).map((path) => ({ ...inside, path }));
  const outside = otherClients.find((address) => !isInAny(address, rule.clientAddresses ?? []));
  return [
    inside,
    ...elsewhere,
    ...(outside === undefined || client === undefined ? [] : [{ ...draft, client: outside }]),
  ];
}

function requestOf(draft: Draft, proxyClass: string, table: string, port: PortPlan): ExplainRequest {
  const secure = port.chains.some((chain) => chain.table === table && chain.tls !== undefined);
  const scheme = secure ? "https" : "http";
  const ending = port.clientPort === (secure ? 443 : 80) ? "" : `:${port.clientPort}`;
  const query = draft.query.map(({ name, value }) => `${inQuery(name)}=${inQuery(value)}`).join("&");
  const cookies = draft.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const headers = [
    ...draft.headers,
    ...(cookies === "" ? [] : [{ name: "cookie", value: cookies }]),
    ...forwardedFor(draft.client, port),
  ];
  return {
    proxyClass,
    method: draft.method,
    url: `${scheme}://${draft.host}${ending}${draft.path}${query === "" ? "" : `?${query}`}`,
    headers,
    clientAddress: draft.client,
    port: port.clientPort,
    ...(secure && draft.serverName !== undefined ? { serverName: draft.serverName } : {}),
  };
}

/** Parameters are compared as sent; what a URL cannot hold is escaped all the same. */
function inQuery(text: string): string {
  return /^[\x21\x22\x24\x25\x27-\x2a\x2c-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

/** Where proxies in front are trusted to tell the client's address, it must stand at the place they write it to. */
function forwardedFor(client: string, { clientAddress }: PortPlan): readonly HeaderValue[] {
  if (clientAddress.kind !== "trusted-hops" || client === usualClient || clientAddress.hops === 0) return [];
  const others = Array.from({ length: clientAddress.hops - 1 }, () => "192.0.2.254");
  return [{ name: "x-forwarded-for", value: [client, ...others].join(", ") }];
}
