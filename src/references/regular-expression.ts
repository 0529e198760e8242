import { RE2JS } from "re2js";

/** Why RE2, the engine that Envoy uses, would refuse the expression; undefined if it takes it. */
export function expressionProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "it does not parse";
  }
}
