import { covers } from "../compile/domain.ts";
import { rememberingFullMatch } from "../compile/pattern.ts";
import type { HostPlan } from "../compile/plan.ts";
import type { ExplainRequest, Explanation } from "../explain/explanation.ts";
import type { AffectedRule } from "./diff-hosts.ts";
import { differenceOf, resultOf } from "./outcome-text.ts";
import type { RequestChange, RequestDiff, RequestOutcome } from "./plan-diff.ts";
import { type Samples, samplesFor, usualClient } from "./sample-requests.ts";
import type { ServedSide } from "./served-side.ts";

/**
 * Sample requests that are evaluated at most, each on both sides: enough for some hundred rules, and, at one or two milliseconds for each in a
 * host of thousands of rules, a few seconds at worst.
 */
export const mostSamples = 1000;
/** Further samples that are named with a change. */
const mostAlike = 5;

/** Tells what happens to a request on one side. */
export type Evaluate = (side: ServedSide, request: ExplainRequest) => Explanation;

/**
 * Which requests get something else: requests made up from the rules in question and just beside them are evaluated on both sides. The
 * samples each rule is for come before all others, then those that it shares with rules behind it, so that a limit that is reached leaves out neighbours
 * first.
 */
export function diffRequests(
  before: ServedSide,
  after: ServedSide,
  { affected, streams }: { readonly affected: readonly AffectedRule[]; readonly streams: readonly ExplainRequest[] },
  evaluate: Evaluate,
  limit = mostSamples,
): RequestDiff {
  const { samples: made, withoutSample } = gather(before, after, affected);
  const samples = [...streams, ...made];
  const chosen = samples.slice(0, limit);
  const groups = new Map<string, RequestChange>();
  for (const request of chosen) {
    const explained = [evaluate(before, request), evaluate(after, request)] as const;
    const difference = differenceOf(resultOf(explained[0]), resultOf(explained[1]));
    if (difference === undefined) continue;
    const was = outcome(difference.before, explained[0]);
    const is = outcome(difference.after, explained[1]);
    const title = titleOf(request);
    const key = [difference.kind, rulesOf(was), rulesOf(is)].join("\n");
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { request, title, before: was, after: is, alike: [] });
    else if (known.alike.length < mostAlike) groups.set(key, { ...known, alike: [...known.alike, title] });
  }
  return {
    changes: [...groups.values()].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
    evaluated: chosen.length,
    leftOut: samples.length - chosen.length,
    withoutSample,
  };
}

function gather(before: ServedSide, after: ServedSide, affected: readonly AffectedRule[]) {
  const regex = rememberingFullMatch();
  const main = new Map<string, ExplainRequest>();
  const shared = new Map<string, ExplainRequest>();
  const near = new Map<string, ExplainRequest>();
  const sampled = new Set<string>();
  const wanted = new Set<string>();
  // Exact hosts first: they make the clearer samples.
  const ordered = affected.toSorted((a, b) => (hostOrder(a) < hostOrder(b) ? -1 : 1));
  for (const one of ordered) {
    const places = [before.portOf(one), after.portOf(one)].filter((port) => port !== undefined);
    const ports = places.filter((port, at) => places.findIndex((other) => other.clientPort === port.clientPort) === at);
    if (one.rule !== undefined) wanted.add(one.rule.rule.key);
    for (const port of ports) {
      const samples: Samples = samplesFor(one, hostFrom(one, [before, after]), port, regex);
      if (one.rule !== undefined && samples.main.length > 0) sampled.add(one.rule.rule.key);
      for (const request of samples.main)
        (one.overlap === undefined ? main : shared).set(identityOfRequest(request), request);
      for (const request of samples.near) near.set(identityOfRequest(request), request);
    }
  }
  const samples = new Map([...main, ...shared, ...near]);
  return {
    samples: [...samples.values()],
    withoutSample: [...wanted].filter((key) => !sampled.has(key)).sort(),
  };
}

function hostOrder({ domain, rule }: AffectedRule): string {
  return `${domain.startsWith("*") ? "wildcard" : "exact"} ${domain} ${rule?.rule.key ?? ""}`;
}

/** A host that the domain covers and no more specific domain of either side does. */
function hostFrom({ proxyClass, table, domain }: AffectedRule, sides: readonly ServedSide[]): string {
  if (!domain.startsWith("*")) return domain;
  const rest = domain === "*" ? ".example" : domain.slice(1);
  const isTaken = (host: string): boolean =>
    sides.some(({ plan }) => {
      const names: HostPlan | undefined = plan.hosts.get(`${proxyClass}|${table}|${host}`);
      return names !== undefined;
    });
  for (let number = 1; ; number++) {
    const host = `any${number === 1 ? "" : number}${rest}`;
    if (!isTaken(host) && covers(domain, host)) return host;
  }
}

function outcome(text: string, { outcomes }: Explanation): RequestOutcome {
  const rules = new Map(outcomes.flatMap(({ rule }) => (rule === undefined ? [] : [[rule.key, rule.origin]])));
  return { text, rules: [...rules].map(([key, origin]) => ({ key, origin })) };
}

function rulesOf({ rules }: RequestOutcome): string {
  return rules.map(({ key }) => key).join(" ");
}

function placeOf({ request: { url }, title }: RequestChange): string {
  return `${url}\n${title}`;
}

function identityOfRequest(request: ExplainRequest): string {
  return `${request.proxyClass} ${request.port} ${titleOf(request)}`;
}

function titleOf({ method, url, headers, clientAddress, serverName }: ExplainRequest): string {
  const from = clientAddress === usualClient ? "" : ` from ${clientAddress}`;
  const name = serverName === undefined ? "" : ` with server name ${serverName}`;
  const sent = headers.map((header) => `${header.name}: ${header.value}`);
  return `${method === "" ? "" : `${method} `}${url}${name}${sent.length === 0 ? "" : ` with ${sent.join(", ")}`}${from}`;
}
