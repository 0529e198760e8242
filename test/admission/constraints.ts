import type { OpenApiSchema } from "../../src/admission/kind-definition.ts";
import { isObject, objectAt } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";

/** Everything a schema says about one field, except words and rules. */
const compared = [
  "type",
  "format",
  "enum",
  "default",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "maxProperties",
  "nullable",
  "required",
  "x-kubernetes-int-or-string",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-patch-strategy",
  "x-kubernetes-patch-merge-key",
] as const;

export type Constraints = Readonly<Record<string, Json>>;

/** The constraints of every field of a schema: `spec.rules[].filters[].type`, with `{}` for the values of a mapping. */
export function constraintsOf(schema: JsonObject): ReadonlyMap<string, Constraints> {
  const found = new Map<string, Constraints>();
  collect(schema, "", found);
  return found;
}

/** The same for a schema of Weir's. */
export function constraintsOfOurs(schema: OpenApiSchema | undefined): ReadonlyMap<string, Constraints> {
  const plain: Json = JSON.parse(JSON.stringify(schema ?? {}));
  return constraintsOf(objectAt(plain));
}

function collect(schema: JsonObject, path: string, found: Map<string, Constraints>): void {
  const constraints: Record<string, Json> = {};
  for (const name of compared) {
    const value = schema[name];
    if (value === undefined || (name === "required" && Array.isArray(value) && value.length === 0)) continue;
    constraints[name] = name === "required" && Array.isArray(value) ? value.map(String).sort() : value;
  }
  found.set(path, constraints);
  for (const [name, field] of Object.entries(objectAt(schema, "properties"))) {
    if (path === "" && ["apiVersion", "kind", "metadata"].includes(name)) continue;
    if (isObject(field)) collect(field, path === "" ? name : `${path}.${name}`, found);
  }
  if (isObject(schema.items)) collect(schema.items, `${path}[]`, found);
  if (isObject(schema.additionalProperties)) collect(schema.additionalProperties, `${path}{}`, found);
}
