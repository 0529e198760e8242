import { listAt, textAt } from "../../model/json.ts";
import type { PathMatch, Predicate } from "../../model/match.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { RankedMatch } from "./route-rules.ts";
import { type ReadResult, readExpression, readValueMatches, reject } from "./value-matches.ts";

/** One HTTPRouteMatch; all of its conditions must hold. */
export function readHttpMatch(
  object: SourceObject,
  match: Json,
  ruleIndex: number,
  matchIndex: number,
): ReadResult<RankedMatch> {
  const at = ["spec", "rules", ruleIndex, "matches", matchIndex] as const;
  const path = readPath(object, match, at);
  if ("rejection" in path) return path;
  const headers = readValueMatches(object, listAt(match, "headers"), [...at, "headers"], "header");
  if ("rejection" in headers) return headers;
  const query = readValueMatches(object, listAt(match, "queryParams"), [...at, "queryParams"], "query");
  if ("rejection" in query) return query;
  const method = textAt(match, "method");
  const predicates: Predicate[] = [{ kind: "path", path: path.value }];
  if (method !== undefined) predicates.push({ kind: "method", method });
  predicates.push(...headers.value, ...query.value);
  const [only] = predicates;
  return {
    value: {
      match: predicates.length === 1 && only !== undefined ? only : { kind: "all", of: predicates },
      path: path.value,
      hasMethod: method !== undefined,
      headerCount: headers.value.length,
      queryCount: query.value.length,
    },
  };
}

function readPath(object: SourceObject, match: Json, at: readonly (string | number)[]): ReadResult<PathMatch> {
  const type = textAt(match, "path", "type") ?? "PathPrefix";
  const value = textAt(match, "path", "value") ?? "/";
  switch (type) {
    case "Exact":
      return { value: { kind: "exact", value } };
    case "PathPrefix":
      return { value: { kind: "segment-prefix", value: withoutTrailingSlash(value) } };
    case "RegularExpression": {
      const pattern = readExpression(object, [...at, "path", "value"], value);
      return "rejection" in pattern ? pattern : { value: { kind: "regex", value } };
    }
    default:
      return reject(
        object,
        [...at, "path", "type"],
        "WR0303",
        `Path match type ${type} is not known.`,
        "Use Exact, PathPrefix or RegularExpression.",
      );
  }
}

/** "A trailing slash is ignored" (PathMatchPathPrefix). */
function withoutTrailingSlash(value: string): string {
  const trimmed = value.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed;
}
