import type { FieldRule } from "../shape.ts";

/** A rule on a text from a check that says what is wrong with it. Empty texts count as absent, as the API server does. */
export function textRule(name: string, problem: (text: string) => string | undefined, hint?: string): FieldRule {
  return {
    name,
    check: (value) => {
      if (typeof value !== "string" || value === "") return [];
      const message = problem(value);
      if (message === undefined) return [];
      return [hint === undefined ? { path: [], message } : { path: [], message, hint }];
    },
  };
}
