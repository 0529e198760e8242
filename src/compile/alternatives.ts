import type { Match, PathMatch, Predicate } from "../model/match.ts";
import { expressionProblem } from "../references/regular-expression.ts";
import { pathTerm, sharedPath } from "./path-terms.ts";
import type { Conjunction } from "./plan.ts";
import { matchesValue } from "./predicates.ts";

/** Above this a match expression is refused: each alternative is a route of its own. */
const MOST_ALTERNATIVES = 64;

export type Term = Conjunction["terms"][number];

export interface MatchProblem {
  readonly kind: "invalid-pattern" | "unsupported";
  readonly message: string;
}

export interface Alternatives {
  /** Where `problems` is not empty they cover at least what could be understood, and must not be served normally. Empty: nothing can match. */
  readonly alternatives: readonly Conjunction[];
  readonly problems: readonly MatchProblem[];
}

interface Literal {
  readonly predicate: Predicate;
  readonly negated: boolean;
}

/**
 * A boolean match expression as alternatives of conjunctions (its disjunctive normal form), which is what a list of routes can hold.
 * What a route cannot test is replaced by the nearest wider test and reported; a path that cannot be understood matches nothing.
 */
export function alternativesOf(match: Match): Alternatives {
  const problems: MatchProblem[] = [];
  const products = productsOf(match, false);
  if (products === undefined) {
    const message = `the match expression has more than ${MOST_ALTERNATIVES} alternatives`;
    return { alternatives: [], problems: [{ kind: "unsupported", message }] };
  }
  const alternatives = new Map<string, Conjunction>();
  for (const literals of products) {
    const conjunction = conjunctionOf(literals, problems);
    if (conjunction !== undefined) alternatives.set(JSON.stringify(conjunction), conjunction);
  }
  return { alternatives: [...alternatives.values()], problems };
}

/** Sums of products, negations moved to the leaves; undefined where there are too many. */
function productsOf(match: Match, negated: boolean): readonly (readonly Literal[])[] | undefined {
  switch (match.kind) {
    case "not":
      return productsOf(match.of, !negated);
    case "all":
      return negated ? sum(match.of, negated) : product(match.of, negated);
    case "any":
      return negated ? product(match.of, negated) : sum(match.of, negated);
    default:
      return [[{ predicate: match, negated }]];
  }
}

function sum(parts: readonly Match[], negated: boolean): readonly (readonly Literal[])[] | undefined {
  const all: (readonly Literal[])[] = [];
  for (const part of parts) {
    const products = productsOf(part, negated);
    if (products === undefined || all.length + products.length > MOST_ALTERNATIVES) return undefined;
    all.push(...products);
  }
  return all;
}

function product(parts: readonly Match[], negated: boolean): readonly (readonly Literal[])[] | undefined {
  let all: readonly (readonly Literal[])[] = [[]];
  for (const part of parts) {
    const products = productsOf(part, negated);
    if (products === undefined || all.length * products.length > MOST_ALTERNATIVES) return undefined;
    all = all.flatMap((left) => products.map((right) => [...left, ...right]));
  }
  return all;
}

/** Undefined where the conjunction can never hold. */
function conjunctionOf(literals: readonly Literal[], problems: MatchProblem[]): Conjunction | undefined {
  const paths: PathMatch[] = [];
  const terms: Term[] = [];
  for (const { predicate, negated } of literals) {
    const problem = problemOf(predicate, negated);
    if (problem !== undefined) problems.push(problem);
    if (predicate.kind !== "path") {
      const term = problem === undefined ? { predicate, negated } : widened(predicate, negated);
      if (term !== undefined) terms.push(term);
    } else if (problem !== undefined) {
      return undefined;
    } else if (negated) {
      const term = pathTerm(predicate.path, true);
      const hidden = problemOf(term.predicate, true);
      if (hidden === undefined) terms.push(term);
      else problems.push(hidden);
    } else {
      paths.push(predicate.path);
    }
  }
  const path = sharedPath(paths);
  if (path === "contradiction") return undefined;
  const tests = withOneShare(terms, problems);
  return path === undefined ? { terms: tests } : { path: path.path, terms: [...path.terms, ...tests] };
}

/** All dice of a request show the same number, so that a second share would not be a share of the first. */
function withOneShare(terms: readonly Term[], problems: MatchProblem[]): readonly Term[] {
  const others = terms.filter(({ predicate }) => predicate.kind !== "share");
  if (terms.length - others.length <= 1) return terms;
  problems.push({ kind: "unsupported", message: "routes cannot take a share of a share of traffic" });
  return others;
}

function problemOf(predicate: Predicate, negated: boolean): MatchProblem | undefined {
  const pattern = patternIn(predicate);
  const problem = pattern === undefined ? undefined : expressionProblem(pattern);
  if (problem !== undefined) {
    return { kind: "invalid-pattern", message: `RE2 refuses the regular expression ${pattern}: ${problem}` };
  }
  const message = limitation(predicate, negated);
  return message === undefined ? undefined : { kind: "unsupported", message };
}

/** What Envoy's routes cannot tell apart. */
function limitation(predicate: Predicate, negated: boolean): string | undefined {
  switch (predicate.kind) {
    case "server-name":
      return "routes cannot be chosen by the TLS server name; give the listener that host name instead";
    case "client-address":
      return "routes cannot be chosen by the address of the client";
    case "share":
      return negated ? "routes cannot take the rest of a share of traffic" : undefined;
    case "query":
      return negated ? `routes cannot be chosen by the absence of a query parameter (${predicate.name})` : undefined;
    case "header":
      return negated && predicate.value.kind !== "present" && matchesValue(predicate.value, "")
        ? `the header ${predicate.name}: a negated match that the empty value fulfils cannot be expressed`
        : undefined;
    case "path":
    case "method":
    case "cookie":
      return undefined;
  }
}

function patternIn(predicate: Predicate): string | undefined {
  switch (predicate.kind) {
    case "path":
      return predicate.path.kind === "regex" ? predicate.path.value : undefined;
    case "header":
    case "query":
    case "cookie":
      return predicate.value.kind === "regex" ? predicate.value.value : undefined;
    default:
      return undefined;
  }
}

/** A test that holds for every request for which the one that cannot be made might hold; undefined for every request. */
function widened(predicate: Exclude<Predicate, { kind: "path" }>, negated: boolean): Term | undefined {
  if (negated || (predicate.kind !== "header" && predicate.kind !== "query" && predicate.kind !== "cookie")) {
    return undefined;
  }
  return { predicate: { ...predicate, value: { kind: "present" } }, negated: false };
}
