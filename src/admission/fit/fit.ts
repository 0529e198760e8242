import { isObject } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { FitObject, OpenApiSchema, Violation } from "../kind-definition.ts";
import { fitList } from "./fit-list.ts";
import { fitMapping, fitObject } from "./fit-mapping.ts";
import { fitInteger, fitIntOrText, fitNumber, fitText } from "./fit-scalar.ts";
import { misplacedHint } from "./misplaced.ts";

/** How a kind's values are judged and spoken of. */
export interface FitOptions {
  readonly builtIn: boolean;
  readonly confidential: boolean;
}

/** What one run over a body carries along: the way to the current value, and what was found. */
export interface FitRun {
  readonly path: (string | number)[];
  readonly violations: Violation[];
}

/** Judges a value and returns it with defaults, without unknown fields; undefined where it cannot be used. */
export type Fit = (value: Json, run: FitRun) => Json | undefined;

/** More would help nobody, and a broken list of thousands would drown everything else. */
const maxViolations = 50;

export function report(run: FitRun, kind: Violation["kind"], message: string, hint?: string): void {
  if (run.violations.length >= maxViolations) return;
  const violation = { kind, path: [...run.path], message };
  run.violations.push(hint === undefined ? violation : { ...violation, hint });
}

/** Fits bodies to a schema of an object. The schema is compiled into functions when the first body arrives. */
export function fitterOf(schema: OpenApiSchema, options: FitOptions): FitObject {
  let compiled: Fit | undefined;
  return (body) => {
    compiled ??= fitObject(schema, options);
    const run: FitRun = { path: [], violations: [] };
    const fitted = compiled(body, run);
    return { object: isObject(fitted) ? fitted : {}, violations: withMisplacedHints(run.violations, schema) };
  };
}

export function compile(schema: OpenApiSchema, options: FitOptions): Fit {
  const fit = fitOfType(schema, options);
  return schema.nullable === true ? (value, run) => (value === null ? null : fit(value, run)) : fit;
}

/**
 * What a null among the items of a list, or the values of a mapping with free keys, stands for: in built-in kinds the zero value, for so
 * it is read into the API server's own types; else itself.
 */
export function orZero(value: Json, schema: OpenApiSchema, { builtIn }: FitOptions): Json {
  if (value !== null || !builtIn) return value;
  switch (schema.type) {
    case "object":
      return {};
    case "array":
      return [];
    case "string":
      return "";
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return value;
  }
}

function fitOfType(schema: OpenApiSchema, options: FitOptions): Fit {
  if (schema["x-kubernetes-int-or-string"] === true) return fitIntOrText(options);
  switch (schema.type) {
    case "object":
      return fitMapping(schema, options);
    case "array":
      return fitList(schema, options);
    case "string":
      return fitText(schema, options);
    case "integer":
      return fitInteger(schema, options);
    case "number":
      return fitNumber(schema);
    case "boolean":
      return fitFlag;
    default:
      return (value) => value;
  }
}

const fitFlag: Fit = (value, run) => {
  if (typeof value === "boolean") return value;
  const quoted = value === "true" || value === "false";
  report(run, "type", `must be true or false, not ${typeName(value)}`, quoted ? "Remove the quotes." : undefined);
  return undefined;
};

export function typeName(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "object":
      return "a mapping";
    case "string":
      return "text";
    case "number":
      return "a number";
    default:
      return "true or false";
  }
}

function withMisplacedHints(violations: readonly Violation[], schema: OpenApiSchema): readonly Violation[] {
  return violations.map((violation) => {
    if (violation.kind !== "unknown-field" || violation.hint !== undefined) return violation;
    const hint = misplacedHint(schema, violation.path);
    return hint === undefined ? violation : { ...violation, hint };
  });
}
