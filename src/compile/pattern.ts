import { RE2JS } from "re2js";

/** Whether a whole text matches; the pattern must be one RE2 takes. */
export function fullMatch(pattern: string, text: string, ignoreCase = false): boolean {
  return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0).matches(text);
}

/** The text as a pattern that matches only itself. */
export function quotePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
