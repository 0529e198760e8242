import { RE2JS } from "re2js";

/**
 * RE2 gives up on expressions that compile to more than about 130,000 instructions, and an expression costs time and memory on every request long
 * before that. Ordinary ones have some hundred.
 */
const MAXIMUM_INSTRUCTIONS = 10_000;

/** Why Envoy would refuse an expression, or should not get it; undefined for one it takes. */
export function expressionProblem(pattern: string): string | undefined {
  const shown = JSON.stringify(pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern);
  let size: number;
  try {
    size = RE2JS.compile(pattern).programSize();
  } catch (error) {
    return `RE2 refuses the regular expression ${shown}: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (size > MAXIMUM_INSTRUCTIONS)
    return `the regular expression ${shown} compiles to ${size} instructions, more than ${MAXIMUM_INSTRUCTIONS}`;
  // Envoy matches bytes: RE2 runs in Latin-1 mode (since 1.40), where a code point above 255 does not exist.
  if (/\\x\{0*[1-9a-f][0-9a-f]{2,}\}/i.test(pattern))
    return `the regular expression ${shown} names a code point above FF, and Envoy matches bytes`;
  // A character beyond ASCII is several bytes: as a part of a class or before a repetition it would mean something else.
  if (/\[[^\]]*[^\0-\x7f]|[^\0-\x7f][*+?{]/.test(pattern))
    return `the regular expression ${shown} repeats or ranges over characters that are several bytes, and Envoy matches bytes`;
  return undefined;
}

/** Why a substitution cannot be used with an expression: it names a group that the expression does not have. */
export function substitutionProblem(pattern: string, substitution: string): string | undefined {
  const groups = RE2JS.compile(pattern).groupCount();
  for (const match of substitution.matchAll(/\\(.?)/gs)) {
    const after = match[1] ?? "";
    if (after === "\\") continue;
    if (!/^[0-9]$/.test(after)) return "in a substitution a backslash is followed by a digit or a backslash";
    if (Number(after) > groups) return `the substitution names group ${after}, and the expression has ${groups}`;
  }
  return undefined;
}

/** Text as an expression that matches only itself. */
export function quoteExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Text as a substitution that yields only itself. */
export function quoteSubstitution(text: string): string {
  return text.replaceAll("\\", "\\\\");
}

/** Whether an expression that RE2 takes matches the empty text as a whole. */
export function acceptsEmpty(pattern: string): boolean {
  return RE2JS.compile(pattern).matches("");
}
