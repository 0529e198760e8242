import { matchesPath, matchesValue } from "../compile/predicates.ts";
import type { AccessRule, AuthorizeStep, Cors, JwtStep, Step } from "../model/step.ts";
import { isInAny } from "./client-address.ts";
import type { RespondEnd, StepOutcome } from "./explanation.ts";
import { headerValues, type RoutedRequest } from "./match.ts";

export interface StepsOutcome {
  readonly steps: readonly StepOutcome[];
  /** Set where a step answers the request; the steps after it are not carried out. */
  readonly end?: RespondEnd;
}

/**
 * What the steps of a rule do with a request, up to the first that answers it.
 * @param forwards whether the request then goes to a backend.
 */
export function explainSteps(steps: readonly Step[], forwards: boolean, request: RoutedRequest): StepsOutcome {
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    const { verdict, detail, end } = explainStep(step, forwards, request);
    outcomes.push({ kind: step.kind, verdict, detail, origin: step.origin });
    if (end !== undefined) return { steps: outcomes, end };
  }
  return { steps: outcomes };
}

interface Verdict {
  readonly verdict: StepOutcome["verdict"];
  readonly detail: string;
  readonly end?: RespondEnd;
}

function explainStep(step: Step, forwards: boolean, request: RoutedRequest): Verdict {
  switch (step.kind) {
    case "deny":
      return ends(step.status, step.reason);
    case "cors":
      // Envoy's filter acts on routes that have a backend only.
      return forwards ? explainCors(step, request) : passes("has no effect where the proxy answers itself");
    case "authorize":
      return explainAccess(step, request);
    case "jwt":
      return explainToken(step, request);
    case "request-headers":
    case "response-headers":
      return passes(describeEdits(step));
    case "mirror": {
      const all = step.numerator >= step.denominator;
      const share = all ? "each request" : `${step.numerator} in ${step.denominator} requests`;
      return passes(`${share} to ${step.backend} as well`);
    }
  }
}

function passes(detail: string): Verdict {
  return { verdict: "passes", detail };
}

function ends(status: number, because: string): Verdict {
  return { verdict: "ends", detail: `${status}: ${because}`, end: { kind: "respond", status, because } };
}

/** A preflight (Fetch, "CORS-preflight request") is answered by the proxy; other requests pass and get response headers. */
function explainCors(step: Cors, request: RoutedRequest): Verdict {
  const origin = headerValues(request, "origin")[0];
  if (origin === undefined || origin === "") return passes("no Origin header, nothing to do");
  const allowed = step.allowOrigins.some((pattern) => originMatches(pattern, origin));
  const isPreflight =
    request.method === "OPTIONS" && (headerValues(request, "access-control-request-method")[0] ?? "") !== "";
  if (isPreflight) return ends(200, `CORS preflight, origin ${origin} ${allowed ? "allowed" : "not allowed"}`);
  return passes(`origin ${origin} ${allowed ? "allowed" : "not allowed: the browser will not hand over the response"}`);
}

function originMatches(pattern: string, origin: string): boolean {
  if (pattern === "*" || pattern === origin) return true;
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return parts.length > 1 && new RegExp(`^${parts.join("[^/?#@]+")}$`).test(origin);
}

/** "unknown" where it depends on the claims of a token. */
type Holds = "yes" | "no" | "unknown";

function explainAccess(step: AuthorizeStep, request: RoutedRequest): Verdict {
  let unsure: AccessRule | undefined;
  for (const rule of step.deny) {
    const holds = accessHolds(rule, request);
    if (holds === "yes") return ends(403, `denied by ${rule.name} (client ${request.clientAddress})`);
    if (holds === "unknown") unsure ??= rule;
  }
  const allowing = step.allow.map((rule) => ({ rule, holds: accessHolds(rule, request) }));
  const sure = allowing.find(({ holds }) => holds === "yes");
  if (step.allow.length > 0 && sure === undefined) {
    unsure ??= allowing.find(({ holds }) => holds === "unknown")?.rule;
    if (unsure === undefined) return ends(403, `no allowance fits (client ${request.clientAddress})`);
  }
  if (unsure !== undefined) {
    return { verdict: "depends", detail: `${unsure.name} depends on the claims of the token; otherwise 403` };
  }
  return passes(sure === undefined ? "no denial fits" : `allowed by ${sure.rule.name}`);
}

function accessHolds(rule: AccessRule, request: RoutedRequest): Holds {
  const conditions = [
    rule.clientAddresses === undefined || isInAny(request.clientAddress, rule.clientAddresses),
    rule.methods === undefined || rule.methods.includes(request.method),
    rule.pathPrefixes === undefined ||
      rule.pathPrefixes.some((value) => matchesPath({ kind: "segment-prefix", value }, request.path)),
    ...(rule.headers ?? []).map(({ name, value }) =>
      headerValues(request, name).some((actual) => matchesValue(value, actual, request.regex)),
    ),
  ];
  if (conditions.includes(false)) return "no";
  return rule.jwtClaims === undefined || rule.jwtClaims.length === 0 ? "yes" : "unknown";
}

function explainToken(step: JwtStep, request: RoutedRequest): Verdict {
  const issuers = step.providers.map((provider) => provider.issuer).join(" or ");
  const places = step.providers.flatMap(({ fromHeaders, fromQueryParameters }) => [
    ...fromHeaders.map(({ name, prefix }) => ({ name: `header ${name}`, there: hasPrefixed(request, name, prefix) })),
    ...fromQueryParameters.map((name) => ({
      name: `parameter ${name}`,
      there: new RegExp(`[?&]${name.replace(/[^\w-]/g, "\\$&")}=`).test(request.query),
    })),
    ...(fromHeaders.length + fromQueryParameters.length > 0
      ? []
      : [{ name: "header authorization", there: hasPrefixed(request, "authorization", "Bearer ") }]),
  ]);
  const found = places.find(({ there }) => there);
  if (found !== undefined) {
    return {
      verdict: "depends",
      detail: `the token in ${found.name} must be a valid one of ${issuers}, otherwise 401`,
    };
  }
  if (step.allowMissing) return passes("no token, none is required");
  const wanted = [...new Set(places.map(({ name }) => name))].join(" or ");
  return ends(401, `a token of ${issuers} is required in ${wanted}`);
}

function hasPrefixed(request: RoutedRequest, name: string, prefix: string): boolean {
  return headerValues(request, name).some((value) => value.startsWith(prefix));
}

function describeEdits(edits: Pick<Extract<Step, { kind: "request-headers" }>, "set" | "add" | "remove">): string {
  return [
    ...edits.set.map(({ name, value }) => `set ${name}: ${value}`),
    ...edits.add.map(({ name, value }) => `add ${name}: ${value}`),
    ...edits.remove.map((name) => `remove ${name}`),
  ].join("; ");
}
