import type { KindDefinition, OpenApiSchema } from "../../admission/kind-definition.ts";
import { kindDefinitions } from "../../admission/kinds.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";

/** The kinds that Weir itself brings to a cluster. */
export const ownKinds: readonly KindDefinition[] = kindDefinitions.filter(({ group }) => group === "weir.dev");

/**
 * The CustomResourceDefinition of a kind, with a structural schema (apiextensions.k8s.io/v1). What its rules check beyond the schema is checked by Weir
 * when it reads the object.
 */
export function customResourceDefinition(kind: KindDefinition): JsonObject {
  const { group, versions, plural, singular, shortNames, categories, namespaced, hasStatus } = kind;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind: kind.kind, listKind: `${kind.kind}List`, plural, singular, shortNames, categories },
      scope: namespaced ? "Namespaced" : "Cluster",
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: structural(kind.schema, true) },
        ...(hasStatus ? { subresources: { status: {} } } : {}),
      })),
    },
  };
}

/** Without what only built-in kinds may say; of an object's metadata a definition says nothing but that it is an object. */
function structural(schema: OpenApiSchema, isRoot = false): JsonObject {
  const {
    "x-kubernetes-patch-strategy": _strategy,
    "x-kubernetes-patch-merge-key": _key,
    properties,
    items,
    additionalProperties,
    required,
    ...plain
  } = schema;
  const fields = Object.entries(properties ?? {}).map(([name, field]): [string, Json] => [
    name,
    isRoot && name === "metadata" ? { type: "object" } : structural(field),
  ]);
  return {
    ...plain,
    ...(required === undefined || required.length === 0 ? {} : { required }),
    ...(fields.length === 0 ? {} : { properties: Object.fromEntries(fields) }),
    ...(items === undefined ? {} : { items: structural(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: structural(additionalProperties) }),
  };
}
