import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { textAt } from "../../model/json.ts";
import type { Predicate, ValueMatch } from "../../model/match.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { expressionProblem } from "../../references/regular-expression.ts";
import { origin } from "../origin.ts";

/** Something a route says that cannot be served; it costs its rule. */
export interface Rejection {
  readonly message: string;
  readonly diagnostic: Diagnostic;
}

export type ReadResult<T> = { readonly value: T } | { readonly rejection: Rejection };

export function reject(
  object: SourceObject,
  path: FieldPath,
  code: "WR0302" | "WR0303",
  message: string,
  hint: string,
): { readonly rejection: Rejection } {
  return { rejection: { message, diagnostic: diagnose(code, origin(object, ...path), message, hint) } };
}

export function readExpression(object: SourceObject, path: FieldPath, pattern: string): ReadResult<string> {
  const problem = expressionProblem(pattern);
  if (problem === undefined) return { value: pattern };
  const message = `RE2 refuses the regular expression ${JSON.stringify(pattern)}: ${problem}.`;
  return reject(object, path, "WR0302", message, "See the RE2 syntax: it has no look-around and no back-references.");
}

/** A list of header or query parameter matches; of entries with equivalent names only the first counts. */
export function readValueMatches(
  object: SourceObject,
  list: readonly Json[],
  path: FieldPath,
  kind: "header" | "query",
): ReadResult<readonly Predicate[]> {
  const predicates = new Map<string, Predicate>();
  for (const [index, entry] of list.entries()) {
    const written = textAt(entry, "name") ?? "";
    const name = kind === "header" ? headerName(written) : written;
    if (predicates.has(name)) continue;
    const value = readValueMatch(object, entry, [...path, index]);
    if ("rejection" in value) return value;
    predicates.set(name, { kind, name, value: value.value });
  }
  return { value: [...predicates.values()] };
}

function readValueMatch(object: SourceObject, entry: Json, path: FieldPath): ReadResult<ValueMatch> {
  const value = textAt(entry, "value") ?? "";
  const type = textAt(entry, "type") ?? "Exact";
  switch (type) {
    case "Exact":
      return { value: { kind: "exact", value } };
    case "RegularExpression": {
      const pattern = readExpression(object, [...path, "value"], value);
      return "rejection" in pattern ? pattern : { value: { kind: "regex", value } };
    }
    default:
      return reject(
        object,
        [...path, "type"],
        "WR0303",
        `Match type ${type} is not known.`,
        "Use Exact or RegularExpression.",
      );
  }
}

/** HTTP/2 carries Host as :authority, and so does Envoy for all versions. */
function headerName(written: string): string {
  const name = written.toLowerCase();
  return name === "host" ? ":authority" : name;
}
