import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import type { Match, PathMatch, Predicate } from "../../model/match.ts";
import { specificityOrder } from "../../model/order.ts";
import type { Rule, RuleEnd } from "../../model/rule.ts";
import { type Json, objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import { origin } from "../origin.ts";
import { readBackendFilters, readFilters } from "./http-filters.ts";
import type { Parents } from "./parents.ts";
import type { RejectionReason, RouteInputs, TranslatedRules } from "./route.ts";
import { ruleBackends } from "./rule-backends.ts";
import { readSettings } from "./rule-settings.ts";
import { type ReadResult, type Rejection, readExpression, readValueMatches, reject } from "./value-matches.ts";

interface GrpcMatch {
  readonly match: Match;
  /** What stands for the method in the order of rules. */
  readonly rankedAs: PathMatch | undefined;
  readonly headerCount: number;
}

type TranslatedRule = {
  readonly rules: readonly Rule[];
  readonly diagnostics: readonly Diagnostic[];
  readonly unresolved?: TranslatedRules["unresolved"];
  readonly dropped?: { readonly reason: RejectionReason; readonly message: string };
};

/** The rules of a GRPCRoute: a call is a request whose path is `/<service>/<method>`. */
export function translateGrpcRules(inputs: RouteInputs, parents: Parents): TranslatedRules {
  const rules = listAt(inputs.object.body, "spec", "rules");
  const parts = rules.map((rule, index) => translateRule(inputs, parents, rule, index));
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
  const matches: GrpcMatch[] = [];
  for (const [matchIndex, match] of (written.length === 0 ? [{}] : written).entries()) {
    const read = readMatch(object, match, [...path, "matches", matchIndex]);
    if ("rejection" in read) return drop(read.rejection);
    matches.push(read.value);
  }
  const settings = readSettings(object, rule, index);
  if ("rejection" in settings) return drop(settings.rejection);
  const filters = readFilters(inputs, listAt(rule, "filters"), [...path, "filters"]);
  const backends = ruleBackends(inputs, rule, index, (list, at) => readBackendFilters(inputs, list, at));
  const unresolved = filters.unresolved ?? backends.unresolved;
  const name = textAt(rule, "name");
  const end: RuleEnd =
    filters.failed || backends.end.kind === "respond"
      ? { kind: "respond", status: 500 }
      : {
          ...backends.end,
          upgrades: [],
          ...(filters.hostRewrite === undefined ? {} : { hostRewrite: filters.hostRewrite }),
        };
  return {
    rules: matches.map(
      (match, matchIndex): Rule => ({
        key: `grpcroute/${object.namespace}/${object.name}/${name ?? index}/${matchIndex}`,
        dialect: "gateway-api",
        attachments: parents.attachments,
        match: match.match,
        order: specificityOrder({
          path: match.rankedAs,
          hasMethod: false,
          headerCount: match.headerCount,
          queryCount: 0,
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
    diagnostics: [...filters.diagnostics, ...backends.diagnostics],
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

function readMatch(object: SourceObject, match: Json, at: readonly (string | number)[]): ReadResult<GrpcMatch> {
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
      rankedAs: isMethodAlone(match) ? { kind: "string-prefix", value: "/" } : path.value,
      headerCount: headers.value.length,
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
