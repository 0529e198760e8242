/**
 * How long a new route takes from the write to the first 200 through Envoy, with many routes there already, and how much of that is Envoy's own cost.
 */
import { startBackend } from "./support/backend.ts";
import { Floor } from "./support/floor.ts";
import { CHANGE_TIME, readHistogram } from "./support/histogram.ts";
import { measurePropagation } from "./support/measure-propagation.ts";
import { gatewayObjects, NAMESPACE, objectsOfRoutes, type RouteShape, routeObjects } from "./support/objects.ts";
import { onLoopback, ProbeConnection } from "./support/probe-connection.ts";
import { cpuSeconds, residentMiB } from "./support/process-figures.ts";
import { awaitServed } from "./support/route-watch.ts";
import { benchEnvoy, freePort, readOptions, report } from "./support/run.ts";
import { rounded, summarize } from "./support/statistics.ts";
import { tlsSecret } from "./support/tls.ts";
import { startWeir } from "./support/weir-process.ts";

const options = readOptions({ routes: 1000, new: 500 }, ["shared-backend", "tls", "one-host"]);
const { routes } = options.numbers;
const created = options.numbers.new;
const tls = options.switches.tls;
const shape: RouteShape = { sharedBackend: options.switches["shared-backend"], oneHost: options.switches["one-host"] };
const section = tls ? "https" : "http";
/** The ports as written in the Gateway; each Envoy binds free ones in their place. */
const WRITTEN = { http: 80, https: 443 } as const;

await report(options, run, (figures) => figures.meanMs);

async function run(folder: string) {
  const backend = await startBackend("bench");
  const secret = tls ? await tlsSecret("bench-tls", NAMESPACE) : undefined;
  const weirPort = await freePort();
  const floorPort = await freePort();
  const portMap = async (port: number) =>
    new Map([
      [WRITTEN[section], port],
      [tls ? WRITTEN.http : WRITTEN.https, await freePort()],
    ]);
  const writtenPorts = await portMap(weirPort);
  const ports = [...writtenPorts].map(([from, to]) => `${from}=${to}`).join(",");
  const weir = await startWeir(folder, { ports });
  const floor = await Floor.create(folder, await benchEnvoy(), await portMap(floorPort));
  const objectsOf = (index: number) => routeObjects(index, backend, shape, section);
  const initial = objectsOfRoutes(routes, shape, objectsOf);
  const gateway = gatewayObjects(WRITTEN.http, tls ? WRITTEN.https : undefined, secret);
  await weir.api.createAll(gateway);
  await weir.api.createAll(initial);
  await floor.start([...gateway, ...initial]);

  const servername = tls ? "one.bench.test" : undefined;
  const connect = {
    weir: () => new ProbeConnection(onLoopback(weirPort), servername),
    floor: () => new ProbeConnection(onLoopback(floorPort), servername),
  };
  for (const open of [connect.weir, connect.floor]) {
    const probe = open();
    await awaitServed(probe, [objectsOf(0), objectsOf(routes - 1)]);
    probe.close();
  }

  const cpuBefore = cpuSeconds(weir.pid);
  const timesBefore = await readHistogram(weir.api, CHANGE_TIME);
  const series = await measurePropagation({ api: weir.api, floor, connect, objectsOf, shape, routes, created });
  const cpu = cpuSeconds(weir.pid) - cpuBefore;
  const controlPlane = (await readHistogram(weir.api, CHANGE_TIME)).since(timesBefore);
  const result = summarize(series.times);
  const floorResult = summarize(series.floorTimes);
  const figures = {
    routes,
    meanMs: rounded(result.mean),
    p50Ms: rounded(result.p50),
    p99Ms: rounded(result.p99),
    maxMs: rounded(result.max),
    errors: series.errors,
    floorMeanMs: rounded(floorResult.mean),
    ratioToFloor: rounded(result.mean / floorResult.mean),
    controlPlaneMeanMs: rounded(controlPlane.mean * 1000),
    controlPlaneP99Ms: rounded(controlPlane.quantile(0.99) * 1000),
    apiMeanMs: rounded(summarize(series.apiTimes).mean),
    controlPlaneCpuSeconds: rounded(cpu),
    controlPlaneRssMiB: Math.round(residentMiB(weir.pid)),
    envoyRssMiB: Math.round(residentMiB(await weir.envoyPid())),
    existingRequests: series.existingRequests,
    floorRefusals: floor.refusals.length,
  };
  await weir.stop();
  await floor.close();
  await backend.close();
  return figures;
}
