import { create } from "@bufbuild/protobuf";
import type { PlanCollections, PlannedRule, PortPlan } from "../../compile/plan.ts";
import { packAny } from "../../envoy/any.ts";
import { encode } from "../../envoy/encode.ts";
import { TypedExtensionConfigSchema } from "../../envoy/generated/envoy/config/core/v3/extension_pb.ts";
import { JwtAuthenticationSchema } from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import type { Collection, Entry } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { JwtStep } from "../../model/step.ts";
import { tokenSteps } from "../filters/jwt.ts";
import { tokenConfiguration } from "../filters/jwt-extension.ts";
import { requirementName, TOKEN_EXTENSION } from "../filters/jwt-names.ts";
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
  const bytes = encode(
    TypedExtensionConfigSchema,
    create(TypedExtensionConfigSchema, { name: TOKEN_EXTENSION, typedConfig: packAny(JwtAuthenticationSchema, init) }),
  );
  return wholeResource("extension", TOKEN_EXTENSION, bytes, { clusters, secrets: [], extensions: [] });
}
