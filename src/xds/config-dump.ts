import { type DescMessage, fromBinary, type JsonValue, type Registry, toJson } from "@bufbuild/protobuf";
import { ClusterSchema } from "../envoy/generated/envoy/config/cluster/v3/cluster_pb.ts";
import { TypedExtensionConfigSchema } from "../envoy/generated/envoy/config/core/v3/extension_pb.ts";
import { ClusterLoadAssignmentSchema } from "../envoy/generated/envoy/config/endpoint/v3/endpoint_pb.ts";
import { ListenerSchema } from "../envoy/generated/envoy/config/listener/v3/listener_pb.ts";
import { RouteConfigurationSchema } from "../envoy/generated/envoy/config/route/v3/route_pb.ts";
import { type Secret, SecretSchema } from "../envoy/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts";
import { type PlanSource, type ResourceType, type ServedResource, typeUrls } from "./resource.ts";
import { byDomain, hostsOf } from "./routes/host-block.ts";
import { concatenate } from "./wire.ts";

/** The message of each type of resource. */
const schemas: Readonly<Record<ResourceType, DescMessage>> = {
  cluster: ClusterSchema,
  endpoint: ClusterLoadAssignmentSchema,
  secret: SecretSchema,
  extension: TypedExtensionConfigSchema,
  listener: ListenerSchema,
  route: RouteConfigurationSchema,
};

/** The order in which resources are sent, and shown. */
const order: readonly ResourceType[] = ["cluster", "endpoint", "secret", "extension", "listener", "route"];

export interface DumpedResource {
  readonly type: ResourceType;
  readonly name: string;
  readonly version: string;
  /** In Envoy's JSON form, with protobuf field names and `@type`. Private keys are redacted. */
  readonly resource: JsonValue;
}

/** The message itself: of a route table, all of its virtual hosts, sorted by domain, which is easier to read than the order in which they are sent. */
export function resourceBytes(resource: ServedResource): Uint8Array {
  if (resource.kind === "whole") return resource.bytes;
  return concatenate([
    resource.head,
    ...hostsOf(resource)
      .toSorted(byDomain)
      .map((host) => host.bytes),
  ]);
}

/**
 * What one class of proxies is served, in words: by type in the order of sending and then by name. Undefined where the class has no plan.
 * @param registry knows the types inside `google.protobuf.Any` (see `envoyRegistry`).
 */
export function toConfigDump(
  plans: Pick<PlanSource, "plan">,
  proxyClass: string,
  registry: Registry,
): readonly DumpedResource[] | undefined {
  const plan = plans.plan(proxyClass);
  if (plan === undefined) return undefined;
  return order.flatMap((type) => {
    const resources = [...plan.names(type)].sort().map((name) => plan.get(type, name));
    return resources.filter((resource) => resource !== undefined).map((resource) => dump(resource, registry));
  });
}

function dump(resource: ServedResource, registry: Registry): DumpedResource {
  const { type, name, version } = resource;
  const json = type === "secret" ? secretJson(resource, registry) : messageJson(resource, registry);
  return { type, name, version, resource: withType(type, json) };
}

function messageJson(resource: ServedResource, registry: Registry): JsonValue {
  const schema = schemas[resource.type];
  return toJson(schema, fromBinary(schema, resourceBytes(resource)), { registry, useProtoFieldName: true });
}

function secretJson(resource: ServedResource, registry: Registry): JsonValue {
  const secret = redacted(fromBinary(SecretSchema, resourceBytes(resource)));
  return toJson(SecretSchema, secret, { registry, useProtoFieldName: true });
}

function redacted(secret: Secret): Secret {
  if (secret.type.case === "tlsCertificate") {
    const key = secret.type.value.privateKey;
    if (key !== undefined) key.specifier = { case: "inlineString", value: "[redacted]" };
  }
  return secret;
}

function withType(type: ResourceType, json: JsonValue): JsonValue {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  return { "@type": typeUrls[type], ...json };
}
