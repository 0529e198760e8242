/**
 * In a cluster: how long a new route takes to the first 200 through a Gateway's Envoy, from the write and from the moment the API server tells of it, and how much of that is
 * Envoy's own cost.
 */
import { textAt } from "../src/model/json.ts";
import { startBackend } from "./support/backend.ts";
import { type ClusterRig, NODE_ADDRESS } from "./support/cluster/cluster-rig.ts";
import { follow } from "./support/cluster/follow.ts";
import { reportInCluster } from "./support/cluster/report-in-cluster.ts";
import { statusWrites } from "./support/cluster/request-counts.ts";
import { Floor } from "./support/floor.ts";
import { CHANGE_TIME, readHistogram } from "./support/histogram.ts";
import { measurePropagation } from "./support/measure-propagation.ts";
import { gatewayObjects, objectsOfRoutes, type RouteShape, routeObjects } from "./support/objects.ts";
import { onLoopback, ProbeConnection } from "./support/probe-connection.ts";
import { cpuSeconds, residentMiB } from "./support/process-figures.ts";
import { awaitQuiet } from "./support/quiet.ts";
import { awaitServed } from "./support/route-watch.ts";
import { benchEnvoy, freePort, readOptions } from "./support/run.ts";
import { rounded, summarize } from "./support/statistics.ts";

const options = readOptions({ routes: 1000, new: 500 }, ["shared-backend", "one-host"]);
const { routes } = options.numbers;
const created = options.numbers.new;
const shape: RouteShape = { sharedBackend: options.switches["shared-backend"], oneHost: options.switches["one-host"] };

await reportInCluster(options, run, (figures) => figures.watchToServedMeanMs);

async function run({ folder, client, api, address, controlPlane, controlPlanePid, envoyPid }: ClusterRig) {
  const backend = await startBackend("bench", NODE_ADDRESS);
  const floorPort = await freePort();
  const floor = await Floor.create(folder, await benchEnvoy(), new Map([[address.port, floorPort]]));
  const objectsOf = (index: number) => routeObjects(index, backend, shape, "http");
  const initial = objectsOfRoutes(routes, shape, objectsOf);
  await api.createAll(initial);
  await floor.start([...gatewayObjects(address.port, undefined, undefined), ...initial]);
  const connect = {
    weir: () => new ProbeConnection(address),
    floor: () => new ProbeConnection(onLoopback(floorPort)),
  };
  for (const open of [connect.weir, connect.floor]) {
    const probe = open();
    await awaitServed(probe, [objectsOf(0), objectsOf(routes - 1)]);
    probe.close();
  }
  await awaitQuiet(controlPlanePid);

  const told = new Map<string, number>();
  const unfollow = await follow(client, "/apis/gateway.networking.k8s.io/v1/httproutes", ({ metadata }, at) => {
    const name = textAt(metadata, "name") ?? "";
    if (!told.has(name)) told.set(name, at);
  });
  const writesBefore = await countStatusWrites();
  const changesBefore = await readHistogram(controlPlane, CHANGE_TIME);
  const cpuBefore = cpuSeconds(controlPlanePid);
  const series = await measurePropagation({ api, floor, connect, objectsOf, shape, routes, created });
  const cpu = cpuSeconds(controlPlanePid) - cpuBefore;
  const changes = (await readHistogram(controlPlane, CHANGE_TIME)).since(changesBefore);
  await awaitQuiet(controlPlanePid);
  const writes = await countStatusWrites();
  await unfollow();

  const toldAt = Array.from({ length: created }, (_, index) => {
    const at = told.get(`r${routes + index}`);
    if (at === undefined) throw new Error(`the watch never told of the route r${routes + index}`);
    return at;
  });
  const watchToServed = summarize(series.servedAt.map((at, index) => at - (toldAt[index] ?? at)));
  const whole = summarize(series.times);
  const floorResult = summarize(series.floorTimes);
  const figures = {
    routes,
    watchToServedMeanMs: rounded(watchToServed.mean),
    watchToServedP99Ms: rounded(watchToServed.p99),
    floorMeanMs: rounded(floorResult.mean),
    floorP99Ms: rounded(floorResult.p99),
    ratioToFloor: rounded(watchToServed.mean / floorResult.mean),
    meanMs: rounded(whole.mean),
    p50Ms: rounded(whole.p50),
    p99Ms: rounded(whole.p99),
    maxMs: rounded(whole.max),
    errors: series.errors,
    controlPlaneMeanMs: rounded(changes.mean * 1000),
    controlPlaneP99Ms: rounded(changes.quantile(0.99) * 1000),
    apiMeanMs: rounded(summarize(series.apiTimes).mean),
    controlPlaneCpuSeconds: rounded(cpu),
    controlPlaneTotalCpuSeconds: rounded(cpuSeconds(controlPlanePid)),
    controlPlaneRssMiB: Math.round(residentMiB(controlPlanePid)),
    envoyRssMiB: Math.round(residentMiB(envoyPid)),
    routeStatusWrites: writes.routes - writesBefore.routes,
    gatewayStatusWrites: writes.gateways - writesBefore.gateways,
    existingRequests: series.existingRequests,
    floorRefusals: floor.refusals.length,
  };
  await floor.close();
  await backend.close();
  return figures;

  async function countStatusWrites() {
    return { routes: await statusWrites(api, "httproutes"), gateways: await statusWrites(api, "gateways") };
  }
}
