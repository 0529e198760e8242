import type { JsonValue } from "@bufbuild/protobuf";
import type { DumpedResource } from "../config-dump.ts";

type Node = { [name: string]: JsonValue };

/**
 * The resources of a class as a bootstrap that needs no control plane, so that `envoy --mode validate` reads all of them as deeply as it would read
 * updates: route tables, secrets and extensions stand where they were referred to, assignments in their clusters.
 */
export function staticBootstrap(
  resources: readonly DumpedResource[],
  privateKeys: ReadonlyMap<string, string> = new Map(),
): JsonValue {
  const byType = (type: DumpedResource["type"]) => resources.filter((resource) => resource.type === type);
  const lookup = (type: DumpedResource["type"]) =>
    new Map(byType(type).map((one) => [one.name, withoutType(one.resource)]));
  const context: Context = { routes: lookup("route"), extensions: lookup("extension") };
  const assignments = lookup("endpoint");
  return {
    node: { id: "validate", cluster: "validate" },
    static_resources: {
      clusters: byType("cluster").map(({ name, resource }) => staticCluster(resource, assignments.get(name))),
      secrets: byType("secret").map(({ name, resource }) => withKey(withoutType(resource), privateKeys.get(name))),
      listeners: byType("listener").map(({ resource }) => inline(withoutType(resource), context)),
    },
    layered_runtime: {
      layers: [{ name: "weir", static_layer: { "re2.max_program_size.error_level": 4_294_967_295 } }],
    },
  };
}

interface Context {
  readonly routes: ReadonlyMap<string, JsonValue>;
  readonly extensions: ReadonlyMap<string, JsonValue>;
}

function withKey(secret: JsonValue, key: string | undefined): JsonValue {
  if (!isNode(secret) || !isNode(secret.tls_certificate) || key === undefined) return secret;
  return { ...secret, tls_certificate: { ...secret.tls_certificate, private_key: { inline_string: key } } };
}

function staticCluster(cluster: JsonValue, assignment: JsonValue | undefined): JsonValue {
  const fixed = inline(withoutType(cluster), { routes: new Map(), extensions: new Map() });
  if (!isNode(fixed) || fixed.type !== "EDS") return fixed;
  const { eds_cluster_config: _, ...rest } = fixed;
  return { ...rest, type: "STATIC", load_assignment: assignment ?? { cluster_name: fixed.name ?? "" } };
}

/** Puts what is referred to in the place of the reference, at any depth. */
function inline(value: JsonValue, context: Context): JsonValue {
  if (Array.isArray(value)) return value.map((item) => inline(item, context));
  if (!isNode(value)) return value;
  const result: Node = {};
  for (const [name, member] of Object.entries(value)) {
    if (name === "rds" && isNode(member)) {
      result.route_config = found(context.routes, member.route_config_name);
    } else if (name === "config_discovery") {
      const extension = found(context.extensions, value.name);
      result.typed_config = isNode(extension) ? (extension.typed_config ?? null) : null;
    } else if (name === "sds_config") {
    } else result[name] = inline(member, context);
  }
  return result;
}

function found(resources: ReadonlyMap<string, JsonValue>, name: JsonValue | undefined): JsonValue {
  const resource = typeof name === "string" ? resources.get(name) : undefined;
  if (resource === undefined) throw new Error(`nothing is named ${JSON.stringify(name)}`);
  return resource;
}

function withoutType(value: JsonValue): JsonValue {
  if (!isNode(value)) return value;
  const { "@type": _, ...rest } = value;
  return rest;
}

function isNode(value: JsonValue | undefined): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
