import type { BenchApi } from "./api.ts";
import type { Floor } from "./floor.ts";
import type { RouteObjects, RouteShape } from "./objects.ts";
import type { ProbeConnection } from "./probe-connection.ts";
import { awaitRoute, SteadyProbe } from "./route-watch.ts";

export interface PropagationRig {
  readonly api: BenchApi;
  readonly floor: Floor;
  /** A new connection through Weir's Envoy, and one through the floor's. */
  readonly connect: { readonly weir: () => ProbeConnection; readonly floor: () => ProbeConnection };
  readonly objectsOf: (index: number) => RouteObjects;
  readonly shape: RouteShape;
  /** How many routes there are already, and how many are to be created. */
  readonly routes: number;
  readonly created: number;
}

/** One entry of each list for each new route. Times are milliseconds; those named `At` are on the clock of `performance.now()`. */
export interface PropagationSeries {
  /** From sending the write to the first 200. */
  readonly times: readonly number[];
  readonly servedAt: readonly number[];
  /** How long the API took to answer the write. */
  readonly apiTimes: readonly number[];
  /** From sending the same change as prepared bytes to the first 200 through the floor's Envoy. */
  readonly floorTimes: readonly number[];
  readonly errors: number;
  readonly existingRequests: number;
}

/** How often the routes that are there already are probed, in milliseconds. */
const STEADY_EVERY_MS = 5;

/**
 * Creates routes one by one, alternating with the floor, and probes each until it is served, while 1 % of the existing routes are probed throughout.
 * An error is any answer to a new route that is neither 404 before nor 200 after, any answer of an existing one but 200, any reset.
 */
export async function measurePropagation(rig: PropagationRig): Promise<PropagationSeries> {
  const { api, floor, connect, objectsOf, shape, routes, created } = rig;
  const [weirProbe, floorProbe, steadyProbe] = [connect.weir(), connect.floor(), connect.weir()];
  const sample = Array.from({ length: Math.ceil(routes / 100) }, (_, index) => objectsOf(index * 100));
  const steady = new SteadyProbe(steadyProbe, sample, STEADY_EVERY_MS);
  const times: number[] = [];
  const servedAt: number[] = [];
  const apiTimes: number[] = [];
  const floorTimes: number[] = [];
  let errors = 0;
  for (let index = routes; index < routes + created; index++) {
    const { host, path, service, endpoints, route } = objectsOf(index);
    if (!shape.sharedBackend) {
      await api.createAll([service]);
      await api.createAll([endpoints]);
    }
    const arrival = await awaitRoute(weirProbe, host, path, async () => {
      const sent = performance.now();
      await api.createAll([route]);
      apiTimes.push(performance.now() - sent);
    });
    times.push(arrival.ms);
    servedAt.push(arrival.servedAt);
    errors += arrival.errors;
    const again = await weirProbe.get(host, path);
    if (again.kind === "reset" || again.status !== 200) errors++;

    const messages = floor.prepare(shape.sharedBackend ? [route] : [service, endpoints, route]);
    floorTimes.push((await awaitRoute(floorProbe, host, path, () => floor.play(messages))).ms);
  }
  const existing = await steady.stop();
  for (const probe of [weirProbe, floorProbe, steadyProbe]) probe.close();
  return {
    times,
    servedAt,
    apiTimes,
    floorTimes,
    errors: errors + existing.errors,
    existingRequests: existing.requests,
  };
}
