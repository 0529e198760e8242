import type { PathMatch } from "../model/match.ts";
import { quotePattern } from "./pattern.ts";
import type { Conjunction } from "./plan.ts";
import { matchesPath } from "./predicates.ts";

type Term = Conjunction["terms"][number];

/**
 * Several path conditions at once: the narrowest as the route's own path, what it does not imply as tests of the pseudo header `:path`.
 * Undefined where there is no condition, "contradiction" where no path can fulfil all.
 */
export function sharedPath(
  paths: readonly PathMatch[],
): { readonly path: PathMatch; readonly terms: readonly Term[] } | "contradiction" | undefined {
  let narrowest = paths[0];
  if (narrowest === undefined) return undefined;
  for (const path of paths) if (implies(path, narrowest)) narrowest = path;
  const terms: Term[] = [];
  for (const path of paths) {
    if (implies(narrowest, path)) continue;
    if (excludes(narrowest, path)) return "contradiction";
    terms.push(pathTerm(path, false));
  }
  return { path: narrowest, terms };
}

/** A path condition as a test of `:path`, which holds the path and the query. */
export function pathTerm(path: PathMatch, negated: boolean): Term {
  const value = `${patternOf(path)}(\\?.*)?`;
  return { predicate: { kind: "header", name: ":path", value: { kind: "regex", value } }, negated };
}

function patternOf(path: PathMatch): string {
  switch (path.kind) {
    case "exact":
      return quotePattern(path.value);
    case "string-prefix":
      return `${quotePattern(path.value)}[^?]*`;
    case "segment-prefix":
      return path.value === "/" ? "/[^?]*" : `${quotePattern(path.value.replace(/\/$/, ""))}(/[^?]*)?`;
    case "regex":
      return path.ignoreCase === true ? `(?i:${path.value})` : `(?:${path.value})`;
  }
}

/** Whether every path that fulfils `a` certainly fulfils `b`. */
function implies(a: PathMatch, b: PathMatch): boolean {
  if (a === b || (a.kind === b.kind && a.value === b.value && ignoresCase(a) === ignoresCase(b))) return true;
  switch (a.kind) {
    case "exact":
      return matchesPath(b, a.value);
    case "segment-prefix":
    case "string-prefix":
      if (b.kind === "string-prefix") return a.value.startsWith(b.value);
      return b.kind === "segment-prefix" && a.value !== b.value && matchesPath(b, a.value);
    case "regex":
      return false;
  }
}

/** Whether certainly no path fulfils both; neither implies the other. */
function excludes(a: PathMatch, b: PathMatch): boolean {
  if (a.kind === "exact") return !matchesPath(b, a.value);
  if (b.kind === "exact") return !matchesPath(a, b.value);
  if (a.kind === "regex" || b.kind === "regex") return false;
  return !a.value.startsWith(b.value) && !b.value.startsWith(a.value);
}

function ignoresCase(path: PathMatch): boolean {
  return path.kind === "regex" && path.ignoreCase === true;
}
