import type { Collection } from "../../incremental/collection.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { Dialect, DialectInputs, DialectOutputs } from "../dialect.ts";
import { gatewayKind, grpcRouteKind, httpRouteKind, ingressKind } from "../route-kinds.ts";
import { analysePolicy, analyseRefusedPolicy, type PolicyAnalysis } from "./access-policy.ts";
import { accessPolicyKind } from "./kinds.ts";

/** Weir's own kinds (weir.dev/v1alpha1): policies for what the other dialects serve. */
export const weir: Dialect = {
  name: "weir",
  kinds: [accessPolicyKind, gatewayKind, httpRouteKind, grpcRouteKind, ingressKind],
  translate,
};

function translate(inputs: DialectInputs): DialectOutputs {
  const { graph, objects, refused } = inputs;
  const admitted = graph.derive<SourceObject, PolicyAnalysis>(
    "weir/policy-analyses",
    objects(accessPolicyKind),
    (object, key, context) => [[key, analysePolicy(object, inputs, context)]],
  );
  const analyses = refused === undefined ? admitted : withRefused(inputs, admitted, refused(accessPolicyKind));
  return {
    policies: graph.derive("weir/policies", analyses, ({ policies }) =>
      policies.map((policy) => [policy.key, policy] as const),
    ),
    backends: graph.derive("weir/backends", analyses, ({ backends }) =>
      backends.map((backend) => [backend.key, backend] as const),
    ),
    diagnostics: graph.derive("weir/diagnostics", analyses, ({ diagnostics }, key) =>
      diagnostics.length === 0 ? [] : [[key, diagnostics]],
    ),
    status: graph.derive("weir/status", analyses, ({ status }, key) => (status === undefined ? [] : [[key, status]])),
  };
}

function withRefused(
  inputs: DialectInputs,
  admitted: Collection<PolicyAnalysis>,
  refused: Collection<SourceObject>,
): Collection<PolicyAnalysis> {
  const analyses = inputs.graph.derive<SourceObject, PolicyAnalysis>(
    "weir/refused-policies",
    refused,
    (object, key, context) => [[key, analyseRefusedPolicy(object, inputs, context)]],
  );
  return inputs.graph.join("weir/all-policies", [admitted, analyses]);
}
