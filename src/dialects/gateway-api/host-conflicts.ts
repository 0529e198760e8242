import type { Collection, Context, Entry, Group } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { describeRef, type ObjectRef } from "../../model/source-object.ts";
import { hostsOver, intersectHosts } from "../../references/hostnames.ts";
import type { RouteKind } from "./kinds.ts";
import { isInvalid, type RouteAnalysis } from "./route.ts";

/** A route on one listener. */
interface Contender {
  readonly route: string;
  readonly listener: string;
  readonly kind: RouteKind;
  readonly hosts: readonly string[];
  readonly creationTimestamp: string;
  readonly object: ObjectRef;
  readonly source: string;
}

/**
 * Where an HTTPRoute and a GRPCRoute want the same host of a listener, exactly one of the two is served: the older, then the first by name
 * (GRPCRouteSpec.hostnames, Gateway API v1.6). GRPCRoutes are looked at listener by listener; of the HTTPRoutes only those whose hosts meet
 * theirs, so that listeners without GRPCRoutes cost nothing.
 * @returns why a route lost, by `<route key>|<listener key>`.
 */
export function findHostConflicts(graph: Graph, routes: Collection<RouteAnalysis>): Collection<Diagnostic> {
  const contenders = graph.derive<RouteAnalysis, Contender>("gateway-api/contenders", routes, (route, key) =>
    (isInvalid(route.translated) ? [] : route.parents.attachments).map(({ listener, hosts }) => [
      `${key}|${listener}`,
      contenderOf(route, key, listener, hosts),
    ]),
  );
  const calls = graph.group("gateway-api/grpc-contenders", contenders, ({ kind, listener }) =>
    kind === "GRPCRoute" ? [listener] : [],
  );
  const exactly = graph.group("gateway-api/http-contenders", contenders, ({ kind, listener, hosts }) =>
    kind === "HTTPRoute" ? hosts.map((host) => `${listener}|${host}`) : [],
  );
  const within = graph.group("gateway-api/http-contenders-within", contenders, ({ kind, listener, hosts }) =>
    kind === "HTTPRoute" ? new Set(hosts.flatMap(hostsOver).map((host) => `${listener}|${host}`)) : [],
  );
  return graph.derive<readonly Entry<Contender>[], Diagnostic>(
    "gateway-api/host-conflicts",
    calls,
    (list, listener, context) => {
      const wanted = new Set(list.flatMap(({ value }) => value.hosts));
      const rivals = [...wanted].flatMap((host) => meeting(host, listener, exactly, within, context));
      const all = new Map([...list, ...rivals].map(({ key, value }) => [key, value]));
      return settle([...all.entries()]);
    },
  );
}

function contenderOf(route: RouteAnalysis, key: string, listener: string, hosts: readonly string[]): Contender {
  const { kind, creationTimestamp, object, source } = route;
  return { route: key, listener, kind, hosts, creationTimestamp, object, source };
}

/** HTTPRoutes with a host that meets `host`: the same, one that covers it, or one that it covers. */
function meeting(
  host: string,
  listener: string,
  exactly: Group<Contender>,
  within: Group<Contender>,
  context: Context,
): readonly Entry<Contender>[] {
  const covering = [host, ...hostsOver(host)].flatMap((pattern) => context.group(exactly, `${listener}|${pattern}`));
  return host.startsWith("*") ? [...covering, ...context.group(within, `${listener}|${host}`)] : covering;
}

/** In the order of precedence each route stays unless one of the other kind that has stayed wants one of its hosts. */
function settle(contenders: readonly (readonly [string, Contender])[]): readonly (readonly [string, Diagnostic])[] {
  const staying: Contender[] = [];
  const lost: [string, Diagnostic][] = [];
  for (const [key, contender] of contenders.toSorted(([, a], [, b]) => compareContenders(a, b))) {
    const winner = staying.find((other) => other.kind !== contender.kind && hostsMeet(other.hosts, contender.hosts));
    if (winner === undefined) staying.push(contender);
    else lost.push([key, lossTo(winner, contender)]);
  }
  return lost;
}

function compareContenders(a: Contender, b: Contender): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  const left = `${a.object.namespace}/${a.object.name}`;
  const right = `${b.object.namespace}/${b.object.name}`;
  if (left !== right) return left < right ? -1 : 1;
  return a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0;
}

function hostsMeet(a: readonly string[], b: readonly string[]): boolean {
  return a.some((one) => b.some((other) => intersectHosts(one, other) !== undefined));
}

function lossTo(winner: Contender, loser: Contender): Diagnostic {
  const origin = { source: loser.source, object: loser.object, path: ["spec", "hostnames"] };
  const message = `${describeRef(winner.object)} comes first and serves the same hosts; a listener serves HTTPRoutes or GRPCRoutes for a host, not both.`;
  return diagnose("WR0311", origin, message, "Give one of them hosts or a listener of its own.");
}
