import type { ClusterPlan } from "../../compile/plan.ts";
import type { Collection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { EndpointSet } from "../../model/backend.ts";
import { encodeAssignment, encodeEndpoints } from "../endpoints/assignment.ts";
import { wholeResource } from "../whole-resource.ts";
import { type Served, sameServed, serve } from "./served.ts";

/** What endpoints are encoded for: a cluster, and where its endpoints come from. Its other settings do not matter here. */
interface Assignment {
  readonly set: string;
  readonly proxyClasses: readonly string[];
}

/** One assignment for each cluster that learns its endpoints this way. The endpoints of a set are encoded once for all clusters that use it. */
export function encodeEndpointSets(
  graph: Graph,
  clusters: Collection<ClusterPlan>,
  endpointSets: Collection<EndpointSet>,
): Collection<Served> {
  const encodedSets = new WeakMap<EndpointSet, Uint8Array>();
  const encodeOnce = (set: EndpointSet): Uint8Array => {
    let bytes = encodedSets.get(set);
    if (bytes === undefined) {
      bytes = encodeEndpoints(set);
      encodedSets.set(set, bytes);
    }
    return bytes;
  };
  const assignments = graph.derive<ClusterPlan, Assignment>(
    "xds.assignments",
    clusters,
    ({ backend, proxyClasses }, key) =>
      backend.location.kind === "endpoints" ? [[key, { set: backend.location.set, proxyClasses }]] : [],
  );
  return graph.derive<Assignment, Served>(
    "xds.endpoints",
    assignments,
    ({ set: name, proxyClasses }, key, context) => {
      const set = context.get(endpointSets, name);
      const bytes = encodeAssignment(key, set === undefined ? undefined : encodeOnce(set));
      const resource = wholeResource("endpoint", key, bytes);
      return proxyClasses.map((proxyClass) => serve(proxyClass, resource));
    },
    sameServed,
  );
}
