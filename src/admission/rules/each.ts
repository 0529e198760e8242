import { isList } from "../../model/json.ts";
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

/** Values of a list that occur a second time, with the place of the second. */
export function repeatedTexts(name: string): FieldRule {
  return {
    name,
    check: (values) =>
      isList(values)
        ? values.flatMap((value, index) =>
            typeof value === "string" && values.indexOf(value) !== index
              ? [{ path: [index], message: `"${value}" is listed twice` }]
              : [],
          )
        : [],
  };
}
