import type { OpenApiSchema } from "../../admission/kind-definition.ts";
import { valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";

/** How a list takes in a patch: as a whole, as a set of plain values, or item by item. */
export type ListRule =
  | { readonly kind: "replace" }
  | { readonly kind: "values" }
  | { readonly kind: "items"; readonly keys: readonly string[]; readonly identity: (item: Json) => string };

/** The schema of a field, or of a value in a mapping; undefined where the kind says nothing about it. */
export function schemaOfField(schema: OpenApiSchema | undefined, name: string): OpenApiSchema | undefined {
  return schema?.properties?.[name] ?? schema?.additionalProperties;
}

/** Whether a mapping is replaced as a whole. */
export function isAtomicMapping(schema: OpenApiSchema | undefined): boolean {
  return strategies(schema).includes("replace");
}

/**
 * Kinds that the API server compiles in say how their lists merge by `x-kubernetes-patch-…`, and every other list of theirs is replaced.
 * For custom kinds the API server refuses strategic merge patches; here the list types take the place of the missing words.
 */
export function listRuleOf(schema: OpenApiSchema | undefined, builtIn: boolean): ListRule {
  const mergeKey = schema?.["x-kubernetes-patch-merge-key"];
  const isMerged = strategies(schema).includes("merge");
  if (isMerged && mergeKey !== undefined) return itemsBy([mergeKey], schema);
  if (isMerged) return { kind: "values" };
  if (builtIn) return { kind: "replace" };
  const keys = schema?.["x-kubernetes-list-map-keys"];
  if (schema?.["x-kubernetes-list-type"] === "map" && keys !== undefined) return itemsBy(keys, schema);
  return { kind: schema?.["x-kubernetes-list-type"] === "set" ? "values" : "replace" };
}

function itemsBy(keys: readonly string[], schema: OpenApiSchema | undefined): ListRule {
  const identity = (item: Json): string =>
    JSON.stringify(keys.map((key) => valueAt(item, key) ?? schema?.items?.properties?.[key]?.default ?? null));
  return { kind: "items", keys, identity };
}

function strategies(schema: OpenApiSchema | undefined): readonly string[] {
  return schema?.["x-kubernetes-patch-strategy"]?.split(",") ?? [];
}
