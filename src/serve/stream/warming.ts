import type { ServedResource } from "../../xds/resource.ts";
import type { ClientState, UnknownForm } from "./type-state.ts";

/** The names under which the endpoints of `clusters` travel. */
export function endpointsOf(clusters: Iterable<ServedResource | UnknownForm | undefined>): readonly string[] {
  const names: string[] = [];
  for (const cluster of clusters) {
    if (cluster?.kind === "whole" && cluster.endpoints !== undefined) names.push(cluster.endpoints);
  }
  return names;
}

/**
 * The endpoints of clusters that were sent and may not have warmed: a client warms those with endpoints that arrive after them only, even where it
 * has the endpoints already. `owed` is what its previous stream left unacknowledged.
 */
export function awaitedEndpoints({ cluster }: ClientState, owed: ReadonlySet<string>): ReadonlySet<string> {
  const sent = [...cluster.held.values()].filter(({ sequence }) => sequence > 0).map(({ form }) => form);
  return new Set([...endpointsOf([...sent, ...(cluster.outstanding?.items.values() ?? [])]), ...owed]);
}

/** Endpoints that the client has asked for, or was to be sent, and has not acknowledged. */
export function unfinishedEndpoints(
  { cluster, endpoint }: ClientState,
  owed: ReadonlySet<string>,
): ReadonlySet<string> {
  const stillOwed = [...owed].filter((name) => (endpoint.held.get(name)?.sequence ?? 0) === 0);
  return new Set([
    ...stillOwed,
    ...endpoint.asked,
    ...(endpoint.outstanding?.items.keys() ?? []),
    ...endpointsOf(cluster.outstanding?.items.values() ?? []),
  ]);
}
