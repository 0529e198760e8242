import type { OpenApiSchema } from "../kind-definition.ts";
import { type Fit, type FitOptions, report, typeName } from "./fit.ts";
import { similar } from "./similar.ts";

/** RFC 3339 date-time. */
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

export function fitText(schema: OpenApiSchema, options: FitOptions): Fit {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const pattern = schema.pattern === undefined ? undefined : new RegExp(schema.pattern);
  const allowed = schema.enum?.map(String);
  const show = (value: string): string => (options.confidential ? "the value" : quote(value));
  return (value, run) => {
    if (typeof value !== "string") {
      // Not how: what was written as 1.10 or yes is no longer to be seen in the value.
      const hint = typeof value === "number" || typeof value === "boolean" ? "Put it in quotes." : undefined;
      report(run, "type", `must be text, not ${typeName(value)}`, hint);
      return undefined;
    }
    const length = value.length > maxLength || value.length < minLength * 2 ? codePoints(value) : value.length;
    if (allowed !== undefined && !allowed.includes(value)) {
      const close = similar(value, allowed);
      const message = `${show(value)} is not one of ${allowed.join(", ")}`;
      report(run, "invalid", message, close === undefined ? undefined : `Did you mean ${close}?`);
    } else if (length < minLength) {
      report(run, "invalid", minLength === 1 ? "must not be empty" : `must have at least ${minLength} characters`);
    } else if (length > maxLength) {
      report(run, "invalid", `has ${length} characters; at most ${maxLength} are allowed`);
    } else if (pattern !== undefined && !pattern.test(value)) {
      report(run, "invalid", `${show(value)} does not have the form ${schema.pattern}`);
    } else if (schema.format === "date-time" && !(dateTime.test(value) && Number.isFinite(Date.parse(value)))) {
      report(run, "invalid", `${show(value)} is no time in the form 2006-01-02T15:04:05Z`);
    }
    return value;
  };
}

/** Limits count characters as Unicode does, not UTF-16 units. */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function quote(value: string): string {
  return JSON.stringify(value.length <= 80 ? value : `${value.slice(0, 77)}...`);
}

function digitsHint(value: unknown): string | undefined {
  return typeof value === "string" && /^-?\d+$/.test(value) ? "Remove the quotes." : undefined;
}

export function fitInteger(schema: OpenApiSchema, options: FitOptions): Fit {
  const range = schema.format === "int32" ? 2 ** 31 : Number.MAX_SAFE_INTEGER;
  const minimum = schema.minimum ?? -range;
  const maximum = schema.maximum ?? (schema.format === "int32" ? range - 1 : range);
  const show = (value: number): string => (options.confidential ? "the value" : String(value));
  return (value, run) => {
    if (typeof value !== "number" || !Number.isInteger(value)) {
      const found = typeof value === "number" ? show(value) : typeName(value);
      report(run, "type", `must be a whole number, not ${found}`, digitsHint(value));
      return undefined;
    }
    if (schema.enum !== undefined && !schema.enum.includes(value)) {
      report(run, "invalid", `${show(value)} is not one of ${schema.enum.join(", ")}`);
    } else if (value < minimum) report(run, "invalid", `${show(value)} is too small; the least is ${minimum}`);
    else if (value > maximum) report(run, "invalid", `${show(value)} is too large; the most is ${maximum}`);
    return value;
  };
}

export function fitNumber(schema: OpenApiSchema): Fit {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  return (value, run) => {
    if (typeof value !== "number") {
      report(run, "type", `must be a number, not ${typeName(value)}`, digitsHint(value));
      return undefined;
    }
    if (value < minimum || value > maximum) report(run, "invalid", `must be between ${minimum} and ${maximum}`);
    return value;
  };
}

export function fitIntOrText(options: FitOptions): Fit {
  return (value, run) => {
    if (typeof value === "string" || (typeof value === "number" && Number.isInteger(value))) return value;
    const found = typeof value === "number" && !options.confidential ? String(value) : typeName(value);
    report(run, "type", `must be a whole number or text, not ${found}`);
    return undefined;
  };
}
