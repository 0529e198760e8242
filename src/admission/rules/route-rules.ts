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
 * Where `field` replaces the matched prefix, if exactly one filter does. The published rules look no further (exists_one), and neither
 * does this: objects that an API server takes must not be refused here.
 */
function prefixReplacement(filters: readonly Json[], field: string): FieldPath | undefined {
  const found = filters.flatMap((filter, index) => {
    const path = valueAt(filter, field, "path");
    const replaces = textAt(path, "type") === "ReplacePrefixMatch" && textAt(path, "replacePrefixMatch") !== undefined;
    return replaces ? [[index, field, "path", "replacePrefixMatch"]] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

function hasOnePrefixMatch(rule: Json): boolean {
  const matches = listAt(rule, "matches");
  return matches.length === 1 && textAt(matches[0], "path", "type") === "PathPrefix";
}

function replacementRule(name: string, find: (rule: Json) => FieldPath | undefined): FieldRule {
  return {
    name,
    check: (rule) => {
      const path = find(rule);
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

/** The same for the filters of backends, if exactly one backend has such a filter. */
function inBackends(rule: Json, field: string): FieldPath | undefined {
  const found = listAt(rule, "backendRefs").flatMap((backend, index) => {
    const path = prefixReplacement(listAt(backend, "filters"), field);
    return path === undefined ? [] : [["backendRefs", index, "filters", ...path]];
  });
  return found.length === 1 ? found[0] : undefined;
}

function inFilters(rule: Json, field: string): FieldPath | undefined {
  const path = prefixReplacement(listAt(rule, "filters"), field);
  return path && ["filters", ...path];
}

export const prefixReplacementNeedsPrefixMatch: readonly FieldRule[] = [
  replacementRule("redirect-prefix-needs-prefix-match", (rule) => inFilters(rule, "requestRedirect")),
  replacementRule("rewrite-prefix-needs-prefix-match", (rule) => inFilters(rule, "urlRewrite")),
  replacementRule("backend-redirect-prefix-needs-prefix-match", (rule) => inBackends(rule, "requestRedirect")),
  replacementRule("backend-rewrite-prefix-needs-prefix-match", (rule) => inBackends(rule, "urlRewrite")),
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
