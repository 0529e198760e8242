import { RE2JS } from "re2js";

/** Whether a whole text matches a pattern that RE2 takes. */
export type FullMatch = (pattern: string, text: string, ignoreCase?: boolean) => boolean;

export const fullMatch: FullMatch = (pattern, text, ignoreCase = false) =>
  compilePattern(pattern, ignoreCase).matches(bytes(text));

/** The same, with each pattern compiled once; for many texts. */
export function rememberingFullMatch(): FullMatch {
  const compiled = new Map<string, RE2JS>();
  return (pattern, text, ignoreCase = false) => {
    const key = `${ignoreCase ? "i" : "c"}${pattern}`;
    let expression = compiled.get(key);
    if (expression === undefined) {
      expression = compilePattern(pattern, ignoreCase);
      compiled.set(key, expression);
    }
    return expression.matches(bytes(text));
  };
}

/** Every match of a pattern replaced; `\1` in the substitution stands for the first group and `\0` for the match, as in RE2. */
export function replaceAll(pattern: string, text: string, substitution: string): string {
  const expand = (...groups: readonly unknown[]) =>
    bytes(substitution).replace(/\\(.)/gs, (_, after: string) => {
      const group = /[0-9]/.test(after) ? groups[Number(after)] : "\\";
      return typeof group === "string" ? group : "";
    });
  return RE2JS.compile(bytes(pattern)).matcher(bytes(text)).replaceAll(expand);
}

/** The text as a pattern that matches only itself. */
export function quotePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function compilePattern(pattern: string, ignoreCase: boolean): RE2JS {
  return RE2JS.compile(bytes(pattern), ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
}

/** Envoy's RE2 sees bytes, not characters (Latin-1 mode): "." is half of an "é". */
function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
