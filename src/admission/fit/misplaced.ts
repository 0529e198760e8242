import { type FieldPath, formatPath } from "../../model/provenance.ts";
import type { OpenApiSchema } from "../kind-definition.ts";

/**
 * Where an unknown field would have its place: a field further in ("it belongs under http"), or one further out. Wrong indentation is
 * the most common reason for a field nobody knows.
 */
export function misplacedHint(root: OpenApiSchema, path: FieldPath): string | undefined {
  const name = path.at(-1);
  if (typeof name !== "string") return undefined;
  const around = ancestors(root, path.slice(0, -1));
  const here = around.at(-1);
  for (const [field, schema] of Object.entries(here?.schema.properties ?? {})) {
    if (hasField(schema, name)) return `It belongs under ${field}${schema.items === undefined ? "" : ", in an item"}.`;
  }
  const outer = around.slice(0, -1).findLast(({ schema }) => hasField(schema, name));
  if (outer === undefined) return undefined;
  return outer.path.length === 0
    ? "It belongs at the top of the object."
    : `It belongs under ${formatPath(outer.path)}.`;
}

function hasField(schema: OpenApiSchema, name: string): boolean {
  const fields = schema.properties ?? schema.items?.properties;
  return fields !== undefined && Object.hasOwn(fields, name);
}

function ownField(schema: OpenApiSchema | undefined, name: string): OpenApiSchema | undefined {
  const fields = schema?.properties;
  return fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function ancestors(root: OpenApiSchema, path: FieldPath): { schema: OpenApiSchema; path: FieldPath }[] {
  const found = [{ schema: root, path: [] as FieldPath }];
  let at: OpenApiSchema | undefined = root;
  for (let depth = 0; depth < path.length; depth++) {
    const step = path[depth];
    at = typeof step === "number" ? at?.items : (ownField(at, step ?? "") ?? at?.additionalProperties);
    if (at === undefined) break;
    found.push({ schema: at, path: path.slice(0, depth + 1) });
  }
  return found;
}
