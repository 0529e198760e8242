import type { ClusterPlan, PortPlan } from "../../compile/plan.ts";
import type { Collection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { encodeClosedCluster } from "../clusters/closed.ts";
import { clusterEncoder, type EncodedCluster } from "../clusters/cluster.ts";
import { closesSome } from "../listeners/stream-targets.ts";
import type { EncodeOptions } from "../options.ts";
import { type Served, sameServed, serve } from "./served.ts";

interface ClusterForClasses extends EncodedCluster {
  readonly proxyClasses: readonly string[];
}

export interface ServedClusters {
  readonly served: Collection<Served>;
  readonly findings: Collection<readonly Diagnostic[]>;
}

/** Where streams that lead nowhere end, for the classes of proxies that have some. */
export function encodeClosedClusters(graph: Graph, ports: Collection<PortPlan>): Collection<Served> {
  const closed = encodeClosedCluster();
  return graph.derive<PortPlan, Served>(
    "xds.closed-clusters",
    ports,
    ({ proxyClass, streams }) => (streams.some(closesSome) ? [serve(proxyClass, closed)] : []),
    sameServed,
  );
}

export function encodeClusters(graph: Graph, plans: Collection<ClusterPlan>, options: EncodeOptions): ServedClusters {
  const encode = clusterEncoder(options.systemRoots);
  const encoded = graph.derive<ClusterPlan, ClusterForClasses>("xds.clusters", plans, (plan, key) => [
    [key, { ...encode(plan.backend), proxyClasses: plan.proxyClasses }],
  ]);
  const served = graph.derive<ClusterForClasses, Served>(
    "xds.served-clusters",
    encoded,
    ({ resource, proxyClasses }) => proxyClasses.map((proxyClass) => serve(proxyClass, resource)),
    sameServed,
  );
  const findings = graph.derive<ClusterForClasses, readonly Diagnostic[]>(
    "xds.cluster-findings",
    encoded,
    ({ diagnostics }, key) => (diagnostics.length === 0 ? [] : [[key, diagnostics]]),
  );
  return { served, findings };
}
