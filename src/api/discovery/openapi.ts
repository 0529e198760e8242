import { hash } from "node:crypto";
import type { KindDefinition, OpenApiSchema } from "../../admission/kind-definition.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { apiVersionOf, type ServedKinds } from "../served-kinds.ts";

/**
 * OpenAPI v3, one document for each group and version, as clients expect it of Kubernetes: `kubectl explain` and `kubectl apply` read
 * the schemas, and find out from the parameters of the operations whether the server validates fields and runs dry.
 */
export interface OpenApiDocuments {
  /** The list of documents, with the hash by which a client may keep them. */
  readonly index: JsonObject;
  /** `path` is "api/v1" or "apis/GROUP/VERSION". */
  document(path: string): OpenApiDocument | undefined;
}

export interface OpenApiDocument {
  readonly text: string;
  readonly hash: string;
}

export function openApiDocuments(kinds: ServedKinds, weirVersion: string): OpenApiDocuments {
  const documents = new Map<string, OpenApiDocument>();
  for (const [group, versions] of kinds.groups) {
    for (const version of versions) {
      const text = JSON.stringify(documentOf(kinds, group, version, weirVersion));
      documents.set(rootOf(group, version), { text, hash: hash("sha256", text).slice(0, 32).toUpperCase() });
    }
  }
  const paths = [...documents].map(([path, document]) => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${document.hash}` },
  ]);
  return { index: { paths: Object.fromEntries(paths) }, document: (path) => documents.get(path) };
}

function rootOf(group: string, version: string): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function documentOf(kinds: ServedKinds, group: string, version: string, weirVersion: string): JsonObject {
  const paths: [string, JsonObject][] = [];
  const schemas: [string, JsonObject][] = [];
  for (const definition of kinds.kindsOf(group, version)) {
    schemas.push([schemaName(definition, version), schemaOf(definition, version)]);
    paths.push(...pathsOf(definition, version));
  }
  return {
    openapi: "3.0.0",
    info: { title: "Weir", version: weirVersion },
    paths: Object.fromEntries(paths),
    components: { schemas: { ...Object.fromEntries(schemas), [INT_OR_STRING]: intOrString } },
  };
}

/** "io.k8s.networking.v1.Ingress" of networking.k8s.io, as Kubernetes names the schemas of custom resources. */
function schemaName({ group, kind }: KindDefinition, version: string): string {
  const reversed = group === "" ? ["io", "k8s", "api", "core"] : group.split(".").reverse();
  return [...reversed, version, kind].join(".");
}

function schemaOf(definition: KindDefinition, version: string): JsonObject {
  return {
    ...published(definition.schema),
    "x-kubernetes-group-version-kind": [{ group: definition.group, version, kind: definition.kind }],
  };
}

const INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

/** The one schema that stands by itself: clients know fields that take a number or text by its name. */
const intOrString: JsonObject = {
  description: "A number, or text.",
  format: "int-or-string",
  oneOf: [{ type: "integer" }, { type: "string" }],
};

function published(schema: OpenApiSchema): JsonObject {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return {
      allOf: [{ $ref: `#/components/schemas/${INT_OR_STRING}` }],
      ...(schema.description === undefined ? {} : { description: schema.description }),
      ...(schema.default === undefined ? {} : { default: schema.default }),
    };
  }
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]): [string, Json | undefined] => [name, publishedPart(name, value)]),
  );
}

function publishedPart(name: string, value: unknown): Json | undefined {
  switch (name) {
    case "properties":
      return isSchemas(value)
        ? Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, published(inner)]))
        : {};
    case "items":
    case "additionalProperties":
      return isSchema(value) ? published(value) : {};
    default: {
      const plain: Json = JSON.parse(JSON.stringify(value));
      return plain;
    }
  }
}

function isSchema(value: unknown): value is OpenApiSchema {
  return typeof value === "object" && value !== null;
}

function isSchemas(value: unknown): value is Readonly<Record<string, OpenApiSchema>> {
  return typeof value === "object" && value !== null;
}

function pathsOf(definition: KindDefinition, version: string): [string, JsonObject][] {
  const root = `/${rootOf(definition.group, version)}`;
  const collection = definition.namespaced
    ? `${root}/namespaces/{namespace}/${definition.plural}`
    : `${root}/${definition.plural}`;
  const namespace = definition.namespaced ? [pathParameter("namespace")] : [];
  const operation = (action: string, parameters: readonly JsonObject[]): JsonObject =>
    operationOf(definition, version, action, parameters);
  const one = `${collection}/{name}`;
  const object = (extra: JsonObject): JsonObject => ({
    get: operation("get", []),
    put: operation("put", [dryRun, fieldManager, fieldValidation]),
    patch: operation("patch", [dryRun, fieldManager, fieldValidation]),
    ...extra,
    parameters: [...namespace, pathParameter("name")],
  });
  const paths: [string, JsonObject][] = [
    [
      collection,
      {
        get: operation("list", []),
        post: operation("post", [dryRun, fieldManager, fieldValidation]),
        delete: operation("deletecollection", [dryRun]),
        parameters: namespace,
      },
    ],
    [one, object({ delete: operation("delete", [dryRun]) })],
  ];
  if (definition.namespaced) paths.push([`${root}/${definition.plural}`, { get: operation("list", []) }]);
  if (definition.hasStatus) paths.push([`${one}/status`, object({})]);
  return paths;
}

function operationOf(
  definition: KindDefinition,
  version: string,
  action: string,
  parameters: readonly JsonObject[],
): JsonObject {
  const { group, kind, plural } = definition;
  return {
    operationId: `${action}-${apiVersionOf(group, version)}-${plural}`,
    parameters,
    responses: {
      "200": {
        description: "OK",
        content: {
          "application/json": { schema: { $ref: `#/components/schemas/${schemaName(definition, version)}` } },
        },
      },
    },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}

function pathParameter(name: string): JsonObject {
  return { name, in: "path", required: true, schema: { type: "string", uniqueItems: true } };
}

function queryParameter(name: string, description: string): JsonObject {
  return { name, in: "query", description, schema: { type: "string", uniqueItems: true } };
}

const dryRun = queryParameter("dryRun", "All: do everything but keep the result.");
const fieldManager = queryParameter("fieldManager", "Name of the writer.");
const fieldValidation = queryParameter("fieldValidation", "What to do about unknown fields: Ignore, Warn or Strict.");
