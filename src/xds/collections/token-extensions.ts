import { create, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { PlanCollections, PlannedRule, PortPlan } from "../../compile/plan.ts";
import { packAny, unpackAny } from "../../envoy/any.ts";
import { encode } from "../../envoy/encode.ts";
import { TypedExtensionConfigSchema } from "../../envoy/generated/envoy/config/core/v3/extension_pb.ts";
import { JwtAuthenticationSchema } from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import type { Collection, Entry } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { JwtStep } from "../../model/step.ts";
import { tokenSteps } from "../filters/jwt.ts";
import { tokenConfiguration, withPartsOf } from "../filters/jwt-extension.ts";
import { requirementName, TOKEN_EXTENSION } from "../filters/jwt-names.ts";
import { unionRequirements } from "../requirements.ts";
import type { EncodedResource } from "../resource.ts";
import { wholeResource } from "../whole-resource.ts";
import { type Served, sameServed, serve } from "./served.ts";

interface Requirement {
  readonly proxyClass: string;
  readonly steps: readonly JwtStep[];
}

/**
 * The token providers of each class of proxies, as the one extension resource that its listeners name. It exists even where no rule asks for tokens: a
 * listener would wait for it, and the first policy must not touch a listener. However many rules share a requirement, one of them stands for all.
 */
export function encodeTokenExtensions(graph: Graph, plan: PlanCollections): Collection<Served> {
  const classes = graph.derive<PortPlan, string>("xds.classes", plan.ports, ({ proxyClass }) => [
    [proxyClass, proxyClass],
  ]);
  const users = graph.group("xds.token-users", plan.rules, ({ proxyClass, steps }) => {
    const mine = tokenSteps(steps);
    return mine.length === 0 ? [] : [`${proxyClass}|${requirementName(mine)}`];
  });
  const requirements = graph.derive<readonly Entry<PlannedRule>[], Requirement>(
    "xds.token-requirements",
    users,
    ([first], key) => {
      if (first === undefined) return [];
      const { proxyClass, steps } = first.value;
      return [[key, { proxyClass, steps: tokenSteps(steps) }]];
    },
  );
  const byClass = graph.group("xds.requirements-by-class", requirements, ({ proxyClass }) => [proxyClass]);
  return graph.derive<string, Served>(
    "xds.extensions",
    classes,
    (proxyClass, _, context) => {
      const wanted = context.group(byClass, proxyClass).map(({ value }) => value.steps);
      return [serve(proxyClass, tokenExtension(wanted))];
    },
    sameServed,
  );
}

function tokenExtension(requirements: readonly (readonly JwtStep[])[]): EncodedResource {
  const { init, clusters } = tokenConfiguration(requirements);
  const config = create(JwtAuthenticationSchema, init);
  const resource = encodeExtension(config, { clusters, secrets: [], extensions: [] });
  return {
    ...resource,
    // A route that names a requirement which is not there answers 403: requirements go after the routes.
    keeping: (former) => {
      const before = decodeExtension(former);
      const both = before === undefined ? undefined : withPartsOf(config, before);
      if (both === undefined) return undefined;
      const requires = unionRequirements([resource.requires, former.requires]);
      return { ...encodeExtension(both, requires), extendedFrom: resource.version };
    },
  };
}

function encodeExtension(
  config: MessageShape<typeof JwtAuthenticationSchema>,
  requires: EncodedResource["requires"],
): EncodedResource {
  const typedConfig = packAny(JwtAuthenticationSchema, config);
  const message = create(TypedExtensionConfigSchema, { name: TOKEN_EXTENSION, typedConfig });
  return wholeResource("extension", TOKEN_EXTENSION, encode(TypedExtensionConfigSchema, message), requires);
}

function decodeExtension({ bytes }: EncodedResource): MessageShape<typeof JwtAuthenticationSchema> | undefined {
  const { typedConfig } = fromBinary(TypedExtensionConfigSchema, bytes);
  return typedConfig === undefined ? undefined : unpackAny(JwtAuthenticationSchema, typedConfig);
}
