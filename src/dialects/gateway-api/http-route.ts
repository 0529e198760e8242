import { listAt } from "../../model/json.ts";
import type { RuleEnd } from "../../model/rule.ts";
import type { RuleFilters } from "./http-filters.ts";
import { readHttpMatch } from "./http-matches.ts";
import type { Parents } from "./parents.ts";
import type { RouteInputs, TranslatedRules } from "./route.ts";
import { type RankedMatch, type RuleLanguage, translateRules } from "./route-rules.ts";
import type { RuleBackends } from "./rule-backends.ts";

const language: RuleLanguage = { readMatch: readHttpMatch, contradiction, endOf };

/** The rules of an HTTPRoute. One without any has a rule that matches everything. */
export function translateHttpRules(inputs: RouteInputs, parents: Parents): TranslatedRules {
  const rules = listAt(inputs.object.body, "spec", "rules");
  return translateRules(inputs, parents, rules.length === 0 ? [{}] : rules, language);
}

function contradiction(matches: readonly RankedMatch[], { pathRewrite, redirect }: RuleFilters) {
  const replacesPrefix = pathRewrite?.kind === "prefix" || redirect?.path?.kind === "prefix";
  if (!replacesPrefix || matches.every(({ path }) => path?.kind === "segment-prefix")) return undefined;
  return {
    message: "ReplacePrefixMatch needs every match of the rule to be a PathPrefix.",
    hint: "Match by PathPrefix, or use ReplaceFullPath.",
  };
}

function endOf(filters: RuleFilters, backends: RuleBackends["end"] | undefined): RuleEnd {
  if (filters.redirect !== undefined) return filters.redirect;
  if (backends?.kind !== "forward") return { kind: "respond", status: 500 };
  return {
    ...backends,
    ...(filters.hostRewrite === undefined ? {} : { hostRewrite: filters.hostRewrite }),
    ...(filters.pathRewrite === undefined ? {} : { pathRewrite: filters.pathRewrite }),
  };
}
