import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt, textAt } from "../../model/json.ts";
import { specificityOrder } from "../../model/order.ts";
import type { Rule, RuleEnd } from "../../model/rule.ts";
import { type Json, objectKey, refOf } from "../../model/source-object.ts";
import { origin } from "../origin.ts";
import { type RuleFilters, readBackendFilters, readFilters } from "./http-filters.ts";
import { type HttpMatch, readHttpMatch } from "./http-matches.ts";
import type { Parents } from "./parents.ts";
import type { RejectionReason, RouteInputs, TranslatedRules } from "./route.ts";
import { ruleBackends } from "./rule-backends.ts";
import { readSettings } from "./rule-settings.ts";
import { type Rejection, reject } from "./value-matches.ts";

type TranslatedRule = {
  readonly rules: readonly Rule[];
  readonly diagnostics: readonly Diagnostic[];
  readonly unresolved?: TranslatedRules["unresolved"];
  readonly dropped?: { readonly reason: RejectionReason; readonly message: string };
};

/** The rules of an HTTPRoute; each match becomes one row of the routing table. */
export function translateHttpRules(inputs: RouteInputs, parents: Parents): TranslatedRules {
  const rules = listAt(inputs.object.body, "spec", "rules");
  const parts = (rules.length === 0 ? [{}] : rules).map((rule, index) => translateRule(inputs, parents, rule, index));
  const unresolved = parts.find((part) => part.unresolved !== undefined)?.unresolved;
  return {
    rules: parts.flatMap((part) => part.rules),
    diagnostics: parts.flatMap((part) => part.diagnostics),
    dropped: parts.flatMap((part, rule) => (part.dropped === undefined ? [] : [{ rule, ...part.dropped }])),
    ruleCount: parts.length,
    ...(unresolved === undefined ? {} : { unresolved }),
  };
}

function translateRule(inputs: RouteInputs, parents: Parents, rule: Json, index: number): TranslatedRule {
  const { object } = inputs;
  const path = ["spec", "rules", index] as const;
  const written = listAt(rule, "matches");
  const matches: HttpMatch[] = [];
  for (const [matchIndex, match] of (written.length === 0 ? [{}] : written).entries()) {
    const read = readHttpMatch(object, match, index, matchIndex);
    if ("rejection" in read) return drop(read.rejection);
    matches.push(read.value);
  }
  const settings = readSettings(object, rule, index);
  if ("rejection" in settings) return drop(settings.rejection);
  const filters = readFilters(inputs, listAt(rule, "filters"), [...path, "filters"]);
  const prefixed = replacesPrefix(filters) && matches.some((match) => match.path.kind !== "segment-prefix");
  if (prefixed) {
    const message = "ReplacePrefixMatch needs every match of the rule to be a PathPrefix.";
    return drop(
      reject(object, [...path, "filters"], "WR0303", message, "Match by PathPrefix, or use ReplaceFullPath.").rejection,
    );
  }
  const backends =
    filters.redirect === undefined
      ? ruleBackends(inputs, rule, index, (list, at) => readBackendFilters(inputs, list, at))
      : undefined;
  const unresolved = filters.unresolved ?? backends?.unresolved;
  const name = textAt(rule, "name");
  const end = endOf(filters, backends?.end);
  return {
    rules: matches.map(
      (match, matchIndex): Rule => ({
        key: `httproute/${object.namespace}/${object.name}/${name ?? index}/${matchIndex}`,
        dialect: "gateway-api",
        attachments: parents.attachments,
        match: match.match,
        order: specificityOrder({
          ...match,
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

function replacesPrefix(filters: RuleFilters): boolean {
  return filters.pathRewrite?.kind === "prefix" || filters.redirect?.path?.kind === "prefix";
}

function endOf(filters: RuleFilters, backends: ReturnType<typeof ruleBackends>["end"] | undefined): RuleEnd {
  if (filters.failed || (backends === undefined && filters.redirect === undefined))
    return { kind: "respond", status: 500 };
  if (filters.redirect !== undefined) return filters.redirect;
  if (backends?.kind !== "forward") return { kind: "respond", status: 500 };
  return {
    ...backends,
    ...(filters.hostRewrite === undefined ? {} : { hostRewrite: filters.hostRewrite }),
    ...(filters.pathRewrite === undefined ? {} : { pathRewrite: filters.pathRewrite }),
  };
}
