import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RegexMatchAndSubstituteSchema } from "../../envoy/generated/envoy/type/matcher/v3/regex_pb.ts";
import type { PathMatch } from "../../model/match.ts";
import type { PathRewrite } from "../../model/rule.ts";
import {
  expressionProblem,
  quoteExpression,
  quoteSubstitution,
  substitutionProblem,
} from "../check/regular-expression.ts";

/** How Envoy gets the new path: never touching the query. */
export type EncodedRewrite =
  | { readonly kind: "none" }
  | { readonly kind: "prefix"; readonly replacement: string }
  | { readonly kind: "regex"; readonly value: MessageInitShape<typeof RegexMatchAndSubstituteSchema> }
  | { readonly kind: "problem"; readonly message: string };

/** The rewrite for requests that came in by `path`, the path match of one alternative; undefined stands for any path. */
export function encodeRewrite(rewrite: PathRewrite, path: PathMatch | undefined): EncodedRewrite {
  switch (rewrite.kind) {
    case "full":
      return regex("^/.*$", quoteSubstitution(rewrite.value === "" ? "/" : rewrite.value));
    case "regex": {
      const problem = expressionProblem(rewrite.pattern) ?? substitutionProblem(rewrite.pattern, rewrite.substitution);
      return problem === undefined
        ? regex(rewrite.pattern, rewrite.substitution)
        : { kind: "problem", message: problem };
    }
    case "prefix":
      return replacePrefix(rewrite.value, path ?? { kind: "segment-prefix", value: "/" });
  }
}

/**
 * ReplacePrefixMatch (HTTPPathModifier, Gateway API v1.6): a trailing slash of the replacement does not count, and exactly one slash stands between the
 * replacement and what follows the prefix: with "/" or nothing for "/foo", "/foo/bar" becomes "/bar" and "/foo" becomes "/".
 */
function replacePrefix(value: string, path: PathMatch): EncodedRewrite {
  const replacement = value.replace(/\/+$/, "");
  switch (path.kind) {
    case "exact":
      return { kind: "prefix", replacement: replacement === "" ? "/" : replacement };
    case "segment-prefix": {
      const prefix = path.value.replace(/\/+$/, "");
      if (prefix === "")
        return replacement === "" ? { kind: "none" } : { kind: "prefix", replacement: `${replacement}/` };
      if (replacement !== "") return { kind: "prefix", replacement };
      return regex(`^${quoteExpression(prefix)}/*`, "/");
    }
    case "string-prefix":
      // What follows is no segment of its own unless the prefix ends in a slash; else the text is replaced as it stands.
      if (path.value.endsWith("/")) return { kind: "prefix", replacement: `${replacement}/` };
      return { kind: "prefix", replacement: value === "" ? "/" : value };
    case "regex":
      return { kind: "problem", message: "a path matched by a regular expression has no prefix to replace" };
  }
}

function regex(pattern: string, substitution: string): EncodedRewrite {
  return { kind: "regex", value: { pattern: { regex: pattern }, substitution } };
}
