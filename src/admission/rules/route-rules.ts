import { isList, listAt, textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json } from "../../model/source-object.ts";
import type { FieldRule } from "../shape.ts";
import { nanoseconds } from "./durations.ts";

/** Rules about the rules of HTTPRoute and GRPCRoute. */

export const atMost128Matches: FieldRule = {
  name: "route-at-most-128-matches",
  check: (rules) => {
    if (!isList(rules)) return [];
    const total = rules.reduce((sum: number, rule) => sum + listAt(rule, "matches").length, 0);
    if (total <= 128) return [];
    return [
      { path: [], message: `has ${total} matches in all its rules; a route can have 128`, hint: "Split the route." },
    ];
  },
};

export const ruleNamesUnique: FieldRule = {
  name: "route-rule-names-unique",
  check: (rules) => {
    if (!isList(rules)) return [];
    const seen = new Map<string, number>();
    return rules.flatMap((rule, index) => {
      const name = textAt(rule, "name");
      if (name === undefined) return [];
      const first = seen.get(name);
      if (first === undefined) seen.set(name, index);
      return first === undefined
        ? []
        : [{ path: [index, "name"], message: `"${name}" is the name of rules[${first}] too` }];
    });
  },
};

export const noBackendsWithRedirect: FieldRule = {
  name: "route-rule-redirect-or-backends",
  check: (rule) => {
    if (listAt(rule, "backendRefs").length === 0) return [];
    const redirect = listAt(rule, "filters").findIndex((filter) => valueAt(filter, "requestRedirect") !== undefined);
    if (redirect < 0) return [];
    return [
      {
        path: ["filters", redirect],
        message: "a redirect cannot be combined with backendRefs",
        hint: "Remove backendRefs: a redirect answers the request itself.",
      },
    ];
  },
};

/**
 * Where `field` replaces the matched prefix. The published rules use exists_one, so that two such filters in one list pass;
 * two are refused by another rule of the same list, which makes "any" and "exactly one" the same here.
 */
function prefixReplacements(filters: readonly Json[], field: string): FieldPath[] {
  return filters.flatMap((filter, index) => {
    const path = valueAt(filter, field, "path");
    const replaces = textAt(path, "type") === "ReplacePrefixMatch" && textAt(path, "replacePrefixMatch") !== undefined;
    return replaces ? [[index, field, "path", "replacePrefixMatch"]] : [];
  });
}

function hasOnePrefixMatch(rule: Json): boolean {
  const matches = listAt(rule, "matches");
  return matches.length === 1 && textAt(matches[0], "path", "type") === "PathPrefix";
}

function prefixReplacement(name: string, find: (rule: Json) => readonly FieldPath[]): FieldRule {
  return {
    name,
    check: (rule) => {
      const [path] = find(rule);
      if (path === undefined || hasOnePrefixMatch(rule)) return [];
      return [
        {
          path,
          message:
            "replaces the matched prefix, so its rule must have exactly one match, with a path of type PathPrefix",
          hint: "Split the rule, or use ReplaceFullPath.",
        },
      ];
    },
  };
}

function inBackends(rule: Json, field: string): FieldPath[] {
  return listAt(rule, "backendRefs").flatMap((backend, index) =>
    prefixReplacements(listAt(backend, "filters"), field).map((path) => ["backendRefs", index, "filters", ...path]),
  );
}

function inFilters(rule: Json, field: string): FieldPath[] {
  return prefixReplacements(listAt(rule, "filters"), field).map((path) => ["filters", ...path]);
}

export const prefixReplacementNeedsPrefixMatch: readonly FieldRule[] = [
  prefixReplacement("redirect-prefix-needs-prefix-match", (rule) => inFilters(rule, "requestRedirect")),
  prefixReplacement("rewrite-prefix-needs-prefix-match", (rule) => inFilters(rule, "urlRewrite")),
  prefixReplacement("backend-redirect-prefix-needs-prefix-match", (rule) => inBackends(rule, "requestRedirect")),
  prefixReplacement("backend-rewrite-prefix-needs-prefix-match", (rule) => inBackends(rule, "urlRewrite")),
];

export const backendTimeoutWithinRequest: FieldRule = {
  name: "backend-timeout-within-request",
  check: (timeouts) => {
    const request = nanoseconds(textAt(timeouts, "request"));
    const backend = nanoseconds(textAt(timeouts, "backendRequest"));
    if (request === undefined || backend === undefined || request === 0n || backend <= request) return [];
    return [{ path: ["backendRequest"], message: "is longer than the limit for the whole request" }];
  },
};

export const permanentCookieNeedsTimeout: FieldRule = {
  name: "permanent-cookie-needs-timeout",
  check: (persistence) =>
    textAt(persistence, "cookieConfig", "lifetimeType") === "Permanent" &&
    valueAt(persistence, "absoluteTimeout") === undefined
      ? [{ path: ["absoluteTimeout"], message: "is required for a permanent cookie" }]
      : [],
};

export const cookieConfigNeedsCookie: FieldRule = {
  name: "cookie-config-needs-cookie",
  check: (persistence) =>
    valueAt(persistence, "cookieConfig") !== undefined && textAt(persistence, "type") !== "Cookie"
      ? [{ path: ["cookieConfig"], message: "is only allowed when type is Cookie" }]
      : [],
};
