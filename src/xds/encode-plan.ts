import type { PlanCollections } from "../compile/plan.ts";
import type { Collection } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { EndpointSet } from "../model/backend.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { encodeClosedClusters, encodeClusters } from "./collections/clusters.ts";
import { encodeEndpointSets } from "./collections/endpoints.ts";
import { findingsByObject } from "./collections/findings.ts";
import { encodeListeners, encodeSecrets } from "./collections/listeners.ts";
import { encodeRoutes } from "./collections/routes.ts";
import type { Served } from "./collections/served.ts";
import { encodeTokenExtensions } from "./collections/token-extensions.ts";
import type { EnvoyRelease } from "./envoy-release.ts";
import type { EncodeOptions } from "./options.ts";
import { ServedPlans } from "./plan-source.ts";

/** Everything that proxies are sent, kept up to date with the plan. */
export interface EncodedPlan {
  /** By `<proxy class>|<type>|<name>`. */
  readonly served: Collection<Served>;
  /** By `objectKey`: what Envoy cannot do or would refuse, and what was made of it. */
  readonly diagnostics: Collection<readonly Diagnostic[]>;
  readonly planSource: ServedPlans;
}

/**
 * Turns the plan into Envoy's resources. Each piece is encoded once, whoever needs it, and a change costs its own piece and copying:
 *
 *     rules ─► virtual hosts ─► route tables ─┐
 *     JWT steps ─► token extension ───────────┤
 *     ports, certificates ─► listeners ───────┼─► served ─► plan source
 *     certificates, trust bundles ─► secrets ─┤
 *     clusters, endpoint sets ────────────────┘
 *
 * Must be called before the first edit of the graph, like everything that makes collections.
 *
 * @param releases by proxy class: what proxies run where it is not `options.envoyRelease`.
 */
export function encodePlan(
  graph: Graph,
  plan: PlanCollections,
  endpointSets: Collection<EndpointSet>,
  options: EncodeOptions,
  releases?: Collection<EnvoyRelease>,
): EncodedPlan {
  const clusters = encodeClusters(graph, plan.clusters, options);
  const endpoints = encodeEndpointSets(graph, plan.clusters, endpointSets);
  const secrets = encodeSecrets(graph, plan);
  const extensions = encodeTokenExtensions(graph, plan);
  const listeners = encodeListeners(graph, plan, options, releases);
  const routes = encodeRoutes(graph, plan);
  const served = graph.join("xds.served", [
    clusters.served,
    encodeClosedClusters(graph, plan.ports),
    endpoints,
    secrets,
    extensions,
    listeners.served,
    routes.served,
  ]);
  return {
    served,
    diagnostics: findingsByObject(graph, [clusters.findings, routes.findings]),
    planSource: new ServedPlans(served, plan.proxyClasses, options.knownClasses),
  };
}
