import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt, textAt } from "../../model/json.ts";
import type { Match } from "../../model/match.ts";
import { type SpecificityInput, specificityOrder } from "../../model/order.ts";
import type { Rule, RuleEnd } from "../../model/rule.ts";
import { type Json, objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import { origin } from "../origin.ts";
import { type RuleFilters, readBackendFilters, readFilters } from "./http-filters.ts";
import type { Parents } from "./parents.ts";
import type { RejectionReason, RouteInputs, TranslatedRules } from "./route.ts";
import { type RuleBackends, ruleBackends } from "./rule-backends.ts";
import { readSettings } from "./rule-settings.ts";
import { type ReadResult, type Rejection, reject } from "./value-matches.ts";

/** A match, and what decides its place among others. */
export interface RankedMatch extends Pick<SpecificityInput, "path" | "hasMethod" | "headerCount" | "queryCount"> {
  readonly match: Match;
}

/** What routes of one kind have of their own; the rest is the same for all that speak HTTP. */
export interface RuleLanguage {
  readonly readMatch: (
    object: SourceObject,
    match: Json,
    ruleIndex: number,
    matchIndex: number,
  ) => ReadResult<RankedMatch>;
  /** Why the filters and matches of a rule do not go together; the rule is then left out. */
  readonly contradiction: (
    matches: readonly RankedMatch[],
    filters: RuleFilters,
  ) => { readonly message: string; readonly hint: string } | undefined;
  /** @param backends undefined where the rule redirects. */
  readonly endOf: (filters: RuleFilters, backends: RuleBackends["end"] | undefined) => RuleEnd;
}

interface TranslatedRule {
  readonly rules: readonly Rule[];
  readonly diagnostics: readonly Diagnostic[];
  readonly unresolved?: TranslatedRules["unresolved"];
  readonly dropped?: { readonly reason: RejectionReason; readonly message: string };
}

/** The rules of a route; each match becomes one row of the routing table. */
export function translateRules(
  inputs: RouteInputs,
  parents: Parents,
  rules: readonly Json[],
  language: RuleLanguage,
): TranslatedRules {
  const parts = rules.map((rule, index) => translateRule(inputs, parents, rule, index, language));
  const unresolved = parts.find((part) => part.unresolved !== undefined)?.unresolved;
  return {
    rules: parts.flatMap((part) => part.rules),
    diagnostics: parts.flatMap((part) => part.diagnostics),
    dropped: parts.flatMap((part, rule) => (part.dropped === undefined ? [] : [{ rule, ...part.dropped }])),
    ruleCount: parts.length,
    ...(unresolved === undefined ? {} : { unresolved }),
  };
}

function translateRule(
  inputs: RouteInputs,
  parents: Parents,
  rule: Json,
  index: number,
  language: RuleLanguage,
): TranslatedRule {
  const { object, kind } = inputs;
  const path = ["spec", "rules", index] as const;
  const written = listAt(rule, "matches");
  const matches: RankedMatch[] = [];
  for (const [matchIndex, match] of (written.length === 0 ? [{}] : written).entries()) {
    const read = language.readMatch(object, match, index, matchIndex);
    if ("rejection" in read) return drop(read.rejection);
    matches.push(read.value);
  }
  const settings = readSettings(object, rule, index);
  if ("rejection" in settings) return drop(settings.rejection);
  const filters = readFilters(inputs, listAt(rule, "filters"), [...path, "filters"]);
  const contradiction = language.contradiction(matches, filters);
  if (contradiction !== undefined) {
    const { message, hint } = contradiction;
    return drop(reject(object, [...path, "filters"], "WR0303", message, hint).rejection);
  }
  const backends =
    filters.redirect === undefined
      ? ruleBackends(inputs, rule, index, (list, at) => readBackendFilters(inputs, list, at))
      : undefined;
  const unresolved = filters.unresolved ?? backends?.unresolved;
  const name = textAt(rule, "name");
  const end = filters.failed ? ({ kind: "respond", status: 500 } as const) : language.endOf(filters, backends?.end);
  return {
    rules: matches.map(
      ({ match, ...rank }, matchIndex): Rule => ({
        key: `${kind.toLowerCase()}/${object.namespace}/${object.name}/${name ?? index}/${matchIndex}`,
        dialect: "gateway-api",
        attachments: parents.attachments,
        match,
        order: specificityOrder({
          ...rank,
          creationTimestamp: object.creationTimestamp,
          namespace: object.namespace,
          name: object.name,
          ruleIndex: index,
          matchIndex,
        }),
        fallThrough: true,
        steps: filters.steps,
        end,
        ...settings.value,
        policyTargets: { object: objectKey(refOf(object)), ...(name === undefined ? {} : { rule: name }) },
        origin: written.length === 0 ? origin(object, ...path) : origin(object, ...path, "matches", matchIndex),
      }),
    ),
    diagnostics: [...filters.diagnostics, ...(backends?.diagnostics ?? [])],
    ...(unresolved === undefined ? {} : { unresolved }),
    ...(filters.rejection === undefined ? {} : { dropped: invalid(filters.rejection) }),
  };
}

function drop(rejection: Rejection): TranslatedRule {
  return { rules: [], diagnostics: [rejection.diagnostic], dropped: invalid(rejection) };
}

function invalid({ message }: Rejection): { readonly reason: RejectionReason; readonly message: string } {
  return { reason: "UnsupportedValue", message };
}
