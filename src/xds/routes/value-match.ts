import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StringMatcherSchema } from "../../envoy/generated/envoy/type/matcher/v3/string_pb.ts";
import type { ValueMatch } from "../../model/match.ts";
import { acceptsEmpty, expressionProblem } from "../check/regular-expression.ts";

type StringMatcher = MessageInitShape<typeof StringMatcherSchema>;

/** Matches any value, as long as there is one. */
const anyValue: StringMatcher = { matchPattern: { case: "safeRegex", value: { regex: ".*" } } };

/** The matcher for a value that is there; "present" accepts all of them. */
export function stringMatcher(match: ValueMatch): StringMatcher {
  switch (match.kind) {
    case "exact":
      return { matchPattern: { case: "exact", value: match.value }, ignoreCase: match.ignoreCase === true };
    case "prefix":
    case "suffix":
    case "contains":
      // Envoy refuses empty ones; every value has the empty text in front, behind and inside.
      return match.value === "" ? anyValue : { matchPattern: { case: match.kind, value: match.value } };
    case "regex":
      return { matchPattern: { case: "safeRegex", value: { regex: match.value } } };
    case "present":
      return anyValue;
  }
}

/** Why Envoy could not carry out the match; undefined for those it can. */
export function valueMatchProblem(match: ValueMatch): string | undefined {
  return match.kind === "regex" ? expressionProblem(match.value) : undefined;
}

/** Whether an empty value matches. The expression of a "regex" match must be one that RE2 takes. */
export function matchesEmpty(match: ValueMatch): boolean {
  switch (match.kind) {
    case "exact":
    case "prefix":
    case "suffix":
    case "contains":
      return match.value === "";
    case "present":
      return true;
    case "regex":
      return acceptsEmpty(match.value);
  }
}
