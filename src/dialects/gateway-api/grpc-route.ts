import { listAt, textAt, valueAt } from "../../model/json.ts";
import type { PathMatch, Predicate } from "../../model/match.ts";
import type { RuleEnd } from "../../model/rule.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { RuleFilters } from "./http-filters.ts";
import type { Parents } from "./parents.ts";
import type { RouteInputs, TranslatedRules } from "./route.ts";
import { type RankedMatch, type RuleLanguage, translateRules } from "./route-rules.ts";
import type { RuleBackends } from "./rule-backends.ts";
import { type ReadResult, readExpression, readValueMatches, reject } from "./value-matches.ts";

const language: RuleLanguage = { readMatch, contradiction: () => undefined, endOf };

/** The rules of a GRPCRoute: a call is a request whose path is `/<service>/<method>`. */
export function translateGrpcRules(inputs: RouteInputs, parents: Parents): TranslatedRules {
  return translateRules(inputs, parents, listAt(inputs.object.body, "spec", "rules"), language);
}

function endOf(filters: RuleFilters, backends: RuleBackends["end"] | undefined): RuleEnd {
  if (backends?.kind !== "forward") return { kind: "respond", status: 500 };
  return {
    ...backends,
    upgrades: [],
    ...(filters.hostRewrite === undefined ? {} : { hostRewrite: filters.hostRewrite }),
  };
}

function readMatch(object: SourceObject, match: Json, ruleIndex: number, matchIndex: number): ReadResult<RankedMatch> {
  const at = ["spec", "rules", ruleIndex, "matches", matchIndex] as const;
  const path = readMethod(object, valueAt(match, "method"), [...at, "method"]);
  if ("rejection" in path) return path;
  const headers = readValueMatches(object, listAt(match, "headers"), [...at, "headers"], "header");
  if ("rejection" in headers) return headers;
  const predicates: Predicate[] = path.value === undefined ? [] : [{ kind: "path", path: path.value }];
  predicates.push(...headers.value);
  const [only] = predicates;
  return {
    value: {
      match: predicates.length === 1 && only !== undefined ? only : { kind: "all", of: predicates },
      // The path stands for the method in the order of rules.
      path: isMethodAlone(match) ? { kind: "string-prefix", value: "/" } : path.value,
      hasMethod: false,
      headerCount: headers.value.length,
      queryCount: 0,
    },
  };
}

/** More characters of a matching service come first (GRPCRouteRule.matches), and a method alone names none. */
function isMethodAlone(match: Json): boolean {
  const exact = (textAt(match, "method", "type") ?? "Exact") === "Exact";
  return exact && (textAt(match, "method", "service") ?? "") === "" && (textAt(match, "method", "method") ?? "") !== "";
}

/** Service alone is a prefix, method alone an expression; undefined matches every call (GRPCMethodMatch). */
function readMethod(
  object: SourceObject,
  method: Json | undefined,
  at: readonly (string | number)[],
): ReadResult<PathMatch | undefined> {
  const service = textAt(method, "service") ?? "";
  const name = textAt(method, "method") ?? "";
  if (service === "" && name === "") return { value: undefined };
  const type = textAt(method, "type") ?? "Exact";
  switch (type) {
    case "Exact":
      if (service !== "" && name !== "") return { value: { kind: "exact", value: `/${service}/${name}` } };
      if (service !== "") return { value: { kind: "string-prefix", value: `/${service}/` } };
      return { value: { kind: "regex", value: `/[^/]+/${escapeExpression(name)}` } };
    case "RegularExpression": {
      for (const [field, pattern] of Object.entries({ service, method: name })) {
        const read = readExpression(object, [...at, field], pattern);
        if ("rejection" in read) return read;
      }
      const part = (pattern: string) => (pattern === "" ? "[^/]+" : `(?:${pattern})`);
      return { value: { kind: "regex", value: `/${part(service)}/${part(name)}` } };
    }
    default:
      return reject(
        object,
        [...at, "type"],
        "WR0303",
        `Match type ${type} is not known.`,
        "Use Exact or RegularExpression.",
      );
  }
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
