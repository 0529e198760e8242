import type { Conjunction } from "../compile/plan.ts";
import type { PathMatch, Predicate, ValueMatch } from "../model/match.ts";

/** Matches in the words that people are shown. */

export function describePath(path: PathMatch): string {
  switch (path.kind) {
    case "exact":
      return `= ${path.value}`;
    case "segment-prefix":
      return path.value === "/" ? "any" : `${path.value} or below`;
    case "string-prefix":
      return `${path.value}…`;
    case "regex":
      return `~ ${path.value}${path.ignoreCase === true ? " (any case)" : ""}`;
  }
}

/** What a condition is about: "header x-canary". */
export function describePredicate(predicate: Predicate): string {
  return "name" in predicate ? `${predicate.kind} ${predicate.name}` : predicate.kind.replace("-", " ");
}

/** What it wants. */
export function describeTerm({ predicate, negated }: Conjunction["terms"][number]): string {
  const wanted = wantedBy(predicate);
  if (!negated) return wanted;
  return wanted === "present" ? "absent" : `not ${wanted}`;
}

function wantedBy(predicate: Conjunction["terms"][number]["predicate"]): string {
  switch (predicate.kind) {
    case "method":
      return `= ${predicate.method}`;
    case "header":
    case "query":
    case "cookie":
      return describeValue(predicate.value);
    case "client-address":
      return `in ${predicate.cidrs.join(", ")}`;
    case "server-name":
      return `= ${predicate.names.join(" or ")}`;
    case "share":
      return `${predicate.numerator} in ${predicate.denominator} requests`;
  }
}

export function describeValue(match: ValueMatch): string {
  switch (match.kind) {
    case "exact":
      return `= ${match.value}${match.ignoreCase === true ? " (any case)" : ""}`;
    case "prefix":
      return `${match.value}…`;
    case "suffix":
      return `…${match.value}`;
    case "contains":
      return `…${match.value}…`;
    case "regex":
      return `~ ${match.value}`;
    case "present":
      return "present";
  }
}
