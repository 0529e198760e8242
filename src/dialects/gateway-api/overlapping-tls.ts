import type { Collection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import { hostsOver } from "../../references/hostnames.ts";
import { type GatewayEntry, isAccepted, type ListenerEntry } from "./gateway-entry.ts";
import type { ListenerSetEntry } from "./listener-sets.ts";

/** The HTTPS listeners of the same port of a Gateway whose hosts overlap with those of one. */
export interface TlsOverlap {
  /** Those of the same object, by name. */
  readonly sections: readonly string[];
  /** Whether there are any of other objects, whose contents are not this one's to tell. */
  readonly elsewhere: boolean;
}

/**
 * By listener key, where there is any: clients that share connections between hosts may meet the other one's certificate and demands
 * (ListenerConditionOverlappingTLSConfig). A Gateway and its ListenerSets count as one list (ListenerSetSpec, Gateway API v1.6). A listener's value
 * changes only with what overlaps with it.
 */
export function readTlsOverlaps(
  graph: Graph,
  gateways: Collection<GatewayEntry>,
  listenerSets: Collection<ListenerSetEntry>,
): Collection<TlsOverlap> {
  const setsOf = graph.group("gateway-api/listener-sets-of-gateway", listenerSets, ({ gateway }) => [gateway]);
  return graph.derive<GatewayEntry, TlsOverlap>("gateway-api/tls-overlaps", gateways, ({ listeners }, key, context) => {
    const sets = context.group(setsOf, key).map(({ value }) => value.listeners);
    return tlsOverlaps([listeners, ...sets]);
  });
}

interface Placed {
  readonly object: number;
  readonly listener: ListenerEntry;
}

/** @param objects the listeners of the Gateway and of each of its ListenerSets. */
export function tlsOverlaps(
  objects: readonly (readonly ListenerEntry[])[],
): readonly (readonly [key: string, overlap: TlsOverlap])[] {
  const all = objects.flatMap((listeners, object) =>
    listeners.filter(({ protocol }) => protocol === "HTTPS").map((listener): Placed => ({ object, listener })),
  );
  const same = Map.groupBy(all, ({ listener }) => placeOf(listener.port, listener.hostname));
  const within = new Map<string, Placed[]>();
  for (const placed of all) {
    const { port, hostname } = placed.listener;
    for (const over of hostsOver(hostname)) {
      const place = placeOf(port, over);
      const known = within.get(place);
      if (known === undefined) within.set(place, [placed]);
      else known.push(placed);
    }
  }
  return all.flatMap(({ object, listener }) => {
    const { port, hostname, key } = listener;
    const covering = [hostname, ...hostsOver(hostname)].flatMap((host) => same.get(placeOf(port, host)) ?? []);
    const others = [...covering, ...(within.get(placeOf(port, hostname)) ?? [])].filter(
      (other) => other.listener !== listener && (other.object === object || isAccepted(other.listener)),
    );
    if (others.length === 0) return [];
    const own = others.filter((other) => other.object === object).map((other) => other.listener);
    const sections = own.sort((a, b) => a.index - b.index).map(({ section }) => section);
    return [[key, { sections, elsewhere: own.length < others.length }] as const];
  });
}

function placeOf(port: number, host: string): string {
  return `${port} ${host}`;
}
