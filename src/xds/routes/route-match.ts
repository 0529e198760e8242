import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Conjunction } from "../../compile/plan.ts";
import type { RuntimeFractionalPercentSchema } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import {
  type CookieMatcherSchema,
  type HeaderMatcherSchema,
  type QueryParameterMatcherSchema,
  type RouteMatch,
  RouteMatchSchema,
} from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { FractionalPercent_DenominatorType } from "../../envoy/generated/envoy/type/v3/percent_pb.ts";
import type { PathMatch, ValueMatch } from "../../model/match.ts";
import { expressionProblem } from "../check/regular-expression.ts";
import { matchesEmpty, stringMatcher, valueMatchProblem } from "./value-match.ts";

type RouteMatchInit = MessageInitShape<typeof RouteMatchSchema>;
type HeaderMatcherInit = MessageInitShape<typeof HeaderMatcherSchema>;
type Term = Conjunction["terms"][number];

/** Shares are always counted in millions, which keeps them independent of the weights of clusters (see `splitWeights`). */
export const SHARE_DENOMINATOR = 1_000_000;

export interface TranslatedMatch {
  /** What Envoy can tell apart; wider than what was asked for where there are problems. Undefined where not even the path can be matched. */
  readonly match: RouteMatch | undefined;
  /** What Envoy cannot match, in words. */
  readonly problems: readonly string[];
}

/** One alternative of a rule as Envoy's route match. */
export function routeMatch(conjunction: Conjunction): TranslatedMatch {
  const problems: string[] = [];
  const path = conjunction.path === undefined ? anyPath : pathSpecifier(conjunction.path);
  if (typeof path === "string") return { match: undefined, problems: [path] };
  const terms: Terms = { headers: [], queryParameters: [], cookies: [] };
  for (const term of conjunction.terms) {
    const problem = addTerm(terms, term);
    if (problem !== undefined) problems.push(problem);
  }
  return { match: create(RouteMatchSchema, { pathSpecifier: path, ...terms }), problems };
}

/** What a match asks for beyond the path. */
interface Terms {
  readonly headers: HeaderMatcherInit[];
  readonly queryParameters: MessageInitShape<typeof QueryParameterMatcherSchema>[];
  readonly cookies: MessageInitShape<typeof CookieMatcherSchema>[];
  runtimeFraction?: MessageInitShape<typeof RuntimeFractionalPercentSchema>;
}

const anyPath: NonNullable<RouteMatchInit["pathSpecifier"]> = { case: "prefix", value: "/" };

/** A text instead of a specifier says why there is none. */
function pathSpecifier(path: PathMatch): NonNullable<RouteMatchInit["pathSpecifier"]> | string {
  switch (path.kind) {
    case "exact":
      return { case: "path", value: path.value };
    case "segment-prefix": {
      const value = path.value.replace(/\/+$/, "");
      if (value === "") return anyPath;
      if (/[?#]/.test(value)) return `no path begins with ${JSON.stringify(value)}: "?" and "#" end a path`;
      return { case: "pathSeparatedPrefix", value };
    }
    case "string-prefix":
      return { case: "prefix", value: path.value };
    case "regex": {
      const regex = path.ignoreCase === true ? `(?i)${path.value}` : path.value;
      return expressionProblem(regex) ?? { case: "safeRegex", value: { regex } };
    }
  }
}

/** Adds a term, or says why Envoy cannot match it. */
function addTerm(terms: Terms, { predicate, negated }: Term): string | undefined {
  switch (predicate.kind) {
    case "method":
      terms.headers.push({
        name: ":method",
        headerMatchSpecifier: {
          case: "stringMatch",
          value: { matchPattern: { case: "exact", value: predicate.method } },
        },
        invertMatch: negated,
      });
      return undefined;
    case "header": {
      const problem = valueMatchProblem(predicate.value) ?? negationProblem(predicate.value, negated, "header");
      if (problem === undefined) terms.headers.push(headerMatcher(predicate.name, predicate.value, negated));
      return problem;
    }
    case "query": {
      if (negated) return `the absence of a query parameter (${predicate.name}) cannot be matched`;
      const problem = valueMatchProblem(predicate.value);
      if (problem !== undefined) return problem;
      terms.queryParameters.push({
        name: predicate.name,
        queryParameterMatchSpecifier:
          predicate.value.kind === "present"
            ? { case: "presentMatch", value: true }
            : { case: "stringMatch", value: stringMatcher(predicate.value) },
      });
      return undefined;
    }
    case "cookie": {
      const problem = valueMatchProblem(predicate.value);
      if (problem !== undefined) return problem;
      terms.cookies.push({ name: predicate.name, stringMatch: stringMatcher(predicate.value), invertMatch: negated });
      return undefined;
    }
    case "share": {
      if (negated) return "the rest of a share of traffic cannot be matched";
      if (terms.runtimeFraction !== undefined) return "one match cannot take a share of a share";
      const { numerator, denominator } = predicate;
      if (!(denominator > 0) || numerator < 0) return `${numerator}/${denominator} is no share`;
      terms.runtimeFraction = { defaultValue: million(numerator, denominator) };
      return undefined;
    }
    case "client-address":
      return "routes cannot be chosen by the address of the client";
    case "server-name":
      return "routes cannot be chosen by the server name of the connection";
  }
}

/** A header match as routes and access rules use it. A negated match also holds where the header is missing. */
export function headerMatcher(name: string, value: ValueMatch, negated: boolean): HeaderMatcherInit {
  if (value.kind === "present")
    return { name, headerMatchSpecifier: { case: "presentMatch", value: true }, invertMatch: negated };
  const headerMatchSpecifier: NonNullable<HeaderMatcherInit["headerMatchSpecifier"]> = {
    case: "stringMatch",
    value: stringMatcher(value),
  };
  return { name, headerMatchSpecifier, invertMatch: negated, treatMissingHeaderAsEmpty: negated };
}

/** A missing header is compared as an empty one when negated, so a match that takes the empty value has no exact negation. */
function negationProblem(value: ValueMatch, negated: boolean, what: string): string | undefined {
  if (!negated || value.kind === "present") return undefined;
  return matchesEmpty(value) ? `a negated ${what} match that accepts the empty value cannot be expressed` : undefined;
}

/** `numerator` in `denominator` as millionths, rounded to the nearest. */
export function million(numerator: number, denominator: number) {
  const value = Math.round((Math.min(numerator, denominator) / denominator) * SHARE_DENOMINATOR);
  return { numerator: value, denominator: FractionalPercent_DenominatorType.MILLION };
}
