import type { OpenApiSchema } from "../../src/admission/kind-definition.ts";
import { code, table } from "./markdown.ts";

/** Every field below `spec` of a kind as one table, in the order of the schema. */
export function fieldTable(schema: OpenApiSchema): string {
  const spec = schema.properties?.spec;
  if (spec === undefined) throw new Error("a kind without a spec has no fields to tell of");
  return table(["field", "value", "meaning"], fieldsOf(spec, "spec"));
}

function fieldsOf(schema: OpenApiSchema, path: string): readonly (readonly string[])[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const own = `${path}.${name}`;
    const facts = [typeOf(field), ...(required.has(name) ? ["required"] : []), ...defaultOf(field)];
    return [[code(own), facts.join("; "), field.description ?? ""], ...below(field, own)];
  });
}

/** Lists of objects are entered, lists of plain values are not: their description says what stands in them. */
function below(field: OpenApiSchema, path: string): readonly (readonly string[])[] {
  if (field.type === "array" && field.items !== undefined) return fieldsOf(field.items, `${path}[]`);
  return fieldsOf(field, path);
}

function defaultOf({ default: value }: OpenApiSchema): readonly string[] {
  return value === undefined ? [] : [`default ${code(typeof value === "string" ? value : JSON.stringify(value))}`];
}

function typeOf(field: OpenApiSchema): string {
  if (field.enum !== undefined) return field.enum.map((value) => code(String(value))).join(", ");
  switch (field.type) {
    case "array":
      return `list of ${field.items === undefined ? "values" : plural(field.items)}${range("up to", field.maxItems)}`;
    case "object":
      if (field["x-kubernetes-preserve-unknown-fields"] === true) return "object, as Kubernetes defines it";
      return field.additionalProperties === undefined ? "object" : `mapping${range("up to", field.maxProperties)}`;
    case "integer":
    case "number":
      return `${field.type}${between(field.minimum, field.maximum)}`;
    default:
      return `${field.type ?? "any value"}${range("up to", field.maxLength, " characters")}`;
  }
}

function plural(items: OpenApiSchema): string {
  if (items.enum !== undefined) return items.enum.map((value) => code(String(value))).join(", ");
  return items.type === undefined ? "values" : `${items.type}s`;
}

function range(word: string, limit: number | undefined, unit = ""): string {
  return limit === undefined ? "" : `, ${word} ${limit}${unit}`;
}

function between(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  return minimum === undefined ? range("up to", maximum) : `, ${minimum} or more`;
}
