import { covers } from "../compile/domain.ts";
import type { FullMatch } from "../compile/pattern.ts";
import type { Conjunction } from "../compile/plan.ts";
import { matchesPath, matchesValue } from "../compile/predicates.ts";
import type { ValueMatch } from "../model/match.ts";
import type { HeaderValue } from "../model/step.ts";
import { isInAny } from "./client-address.ts";
import { describePath, describePredicate, describeTerm } from "./describe.ts";
import type { Failure } from "./explanation.ts";

/** A request as routes see it, after normalisation. */
export interface RoutedRequest {
  readonly method: string;
  readonly scheme: "http" | "https";
  /** With the port, if the client sent one. */
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  /** Names in lower case, values trimmed; without Host. */
  readonly headers: readonly HeaderValue[];
  readonly clientAddress: string;
  readonly serverName: string | undefined;
  readonly regex: FullMatch;
}

type Term = Conjunction["terms"][number];

/** What of an alternative does not fit; shares of traffic are left out, since nobody knows before the dice are thrown. */
export function failuresOf({ path, terms }: Conjunction, request: RoutedRequest): readonly Failure[] {
  const failures: Failure[] = [];
  if (path !== undefined && !matchesPath(path, request.path, request.regex)) {
    failures.push({ test: "path", wanted: describePath(path), actual: request.path });
  }
  for (const term of terms) {
    if (term.predicate.kind === "share" || holds(term, request)) continue;
    const failure = { test: term.predicate.kind, wanted: describeTerm(term), actual: actualOf(term, request) };
    failures.push("name" in term.predicate ? { ...failure, name: term.predicate.name } : failure);
  }
  return failures;
}

/** The part of the traffic that an alternative takes, in millionths (the unit in which the proxy throws dice). */
export function shareOf({ terms }: Conjunction): number {
  for (const { predicate } of terms) {
    if (predicate.kind !== "share") continue;
    const { numerator, denominator } = predicate;
    return Math.round((Math.min(numerator, denominator) / denominator) * 1_000_000);
  }
  return 1_000_000;
}

/** An alternative in words. */
export function describeConjunction({ path, terms }: Conjunction): string {
  const parts = [`path ${path === undefined ? "any" : describePath(path)}`];
  for (const term of terms) parts.push(`${describePredicate(term.predicate)} ${describeTerm(term)}`);
  return parts.join(", ");
}

function holds({ predicate, negated }: Term, request: RoutedRequest): boolean {
  switch (predicate.kind) {
    case "method":
      return (request.method === predicate.method) !== negated;
    case "header":
      return headerValues(request, predicate.name).some((value) => fits(predicate.value, value, request)) !== negated;
    case "query": {
      const value = queryValue(request.query, predicate.name);
      return (value !== undefined && fits(predicate.value, value, request)) !== negated;
    }
    case "cookie": {
      const value = cookieValue(request, predicate.name);
      return (value !== undefined && fits(predicate.value, value, request)) !== negated;
    }
    case "client-address":
      return isInAny(request.clientAddress, predicate.cidrs) !== negated;
    case "server-name": {
      const name = request.serverName;
      return (name !== undefined && predicate.names.some((pattern) => covers(pattern, name))) !== negated;
    }
    case "share":
      return true;
  }
}

function fits(match: ValueMatch, value: string, request: RoutedRequest): boolean {
  return matchesValue(match, value, request.regex);
}

/** All values of a header; each counts for itself, as in Envoy since 1.39. */
export function headerValues(request: RoutedRequest, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  switch (wanted) {
    case ":authority":
    case "host":
      return [request.authority];
    case ":path":
      return [request.path + request.query];
    case ":method":
      return [request.method];
    case ":scheme":
      return [request.scheme];
    default:
      return request.headers.filter((header) => header.name === wanted).map((header) => header.value);
  }
}

/** The first value of a parameter, as sent: Envoy compares without decoding. */
function queryValue(query: string, name: string): string | undefined {
  for (const part of query.slice(1).split("&")) {
    const equals = part.indexOf("=");
    if ((equals < 0 ? part : part.slice(0, equals)) === name && part !== "")
      return equals < 0 ? "" : part.slice(equals + 1);
  }
  return undefined;
}

/** The first cookie of that name, without quotes around its value. */
function cookieValue(request: RoutedRequest, name: string): string | undefined {
  for (const header of headerValues(request, "cookie")) {
    for (const part of header.split(";")) {
      const cookie = part.trimStart();
      const equals = cookie.indexOf("=");
      if (equals < 0 || cookie.slice(0, equals) !== name) continue;
      const value = cookie.slice(equals + 1).trimEnd();
      return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    }
  }
  return undefined;
}

function actualOf({ predicate }: Term, request: RoutedRequest): string {
  switch (predicate.kind) {
    case "method":
      return request.method;
    case "header": {
      const values = headerValues(request, predicate.name);
      return values.length === 0 ? "absent" : values.join(" | ");
    }
    case "query":
      return queryValue(request.query, predicate.name) ?? "absent";
    case "cookie":
      return cookieValue(request, predicate.name) ?? "absent";
    case "client-address":
      return request.clientAddress;
    case "server-name":
      return request.serverName ?? "absent";
    case "share":
      return "chance";
  }
}
