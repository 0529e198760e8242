import { badRequest, invalidOptions } from "./api-error.ts";
import type { FieldValidation } from "./resources/prepare.ts";

/** `?watch`, `?watch=1` and `?watch=true` are the same. */
export function flagIn(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "false" && value !== "0";
}

/** A whole number that is not negative; undefined where there is none, or an empty text. */
export function numberIn(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name) ?? "";
  if (value === "") return undefined;
  if (!/^\d{1,9}$/.test(value))
    throw badRequest(`${name} must be a whole number that is not negative: ${JSON.stringify(value)}`);
  return Number(value);
}

/** "When present, indicates that modifications should not be persisted"; `All` is the only value there is. */
export function isDryRun(values: readonly string[], optionsKind: string): boolean {
  for (const value of values) {
    if (value !== "All")
      throw invalidOptions(
        optionsKind,
        "dryRun",
        `Unsupported value: ${JSON.stringify(value)}: supported values: "All"`,
      );
  }
  return values.length > 0;
}

export function fieldValidationIn(query: URLSearchParams, optionsKind: string): FieldValidation {
  const value = query.get("fieldValidation") ?? "";
  switch (value) {
    case "":
      return "Warn";
    case "Strict":
    case "Warn":
    case "Ignore":
      return value;
    default:
      throw invalidOptions(
        optionsKind,
        "fieldValidation",
        `Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Warn", "Strict"`,
      );
  }
}
