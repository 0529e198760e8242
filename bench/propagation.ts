/**
 * How long a new route takes from the write to the first 200 through Envoy, with many routes there already, and how much of that is Envoy's own cost.
 */
import { startBackend } from "./support/backend.ts";
import { Floor } from "./support/floor.ts";
import { readHistogram } from "./support/histogram.ts";
import { gatewayObjects, type KubernetesObject, NAMESPACE, type RouteShape, routeObjects } from "./support/objects.ts";
import { ProbeConnection } from "./support/probe-connection.ts";
import { cpuSeconds, residentMiB } from "./support/process-figures.ts";
import { awaitRoute, SteadyProbe } from "./support/route-watch.ts";
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
/** How long the control plane worked on each change: taking it in with all that follows, and handling the answers of the proxy. */
const CHANGE_TIME = "weir_change_seconds";
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
  const objectsOf = (index: number) => routeObjects(index, backend.port, shape, section);
  const initial: KubernetesObject[] = [];
  for (let index = 0; index < routes; index++) {
    const { service, endpoints, route } = objectsOf(index);
    initial.push(...(shape.sharedBackend && index > 0 ? [route] : [service, endpoints, route]));
  }
  const gateway = gatewayObjects(WRITTEN.http, tls ? WRITTEN.https : undefined, secret);
  await weir.api.createAll(gateway);
  await weir.api.createAll(initial);
  await floor.start([...gateway, ...initial]);

  const servername = tls ? `one.bench.test` : undefined;
  const weirProbe = new ProbeConnection(weirPort, servername);
  const floorProbe = new ProbeConnection(floorPort, servername);
  const first = objectsOf(0);
  const last = objectsOf(routes - 1);
  for (const probe of [weirProbe, floorProbe]) {
    for (const { host, path } of [first, last]) await awaitRoute(probe, host, path, async () => undefined);
  }
  const sample = Array.from({ length: Math.ceil(routes / 100) }, (_, index) => objectsOf(index * 100));
  const steady = new SteadyProbe(new ProbeConnection(weirPort, servername), sample, 5);

  const cpuBefore = cpuSeconds(weir.pid);
  const timesBefore = await readHistogram(weir.api, CHANGE_TIME);
  const ours: number[] = [];
  const apiTimes: number[] = [];
  const floors: number[] = [];
  let errors = 0;
  for (let index = routes; index < routes + created; index++) {
    const { host, path, service, endpoints, route } = objectsOf(index);
    if (!shape.sharedBackend) {
      await weir.api.createAll([service]);
      await weir.api.createAll([endpoints]);
    }
    const arrival = await awaitRoute(weirProbe, host, path, async () => {
      const sent = performance.now();
      await weir.api.createAll([route]);
      apiTimes.push(performance.now() - sent);
    });
    ours.push(arrival.ms);
    errors += arrival.errors;
    const again = await weirProbe.get(host, path);
    if (again.kind === "reset" || again.status !== 200) errors++;

    const messages = floor.prepare(shape.sharedBackend ? [route] : [service, endpoints, route]);
    const floorArrival = await awaitRoute(floorProbe, host, path, () => floor.play(messages));
    floors.push(floorArrival.ms);
  }
  const cpu = cpuSeconds(weir.pid) - cpuBefore;
  const existing = await steady.stop();
  const controlPlane = (await readHistogram(weir.api, CHANGE_TIME)).since(timesBefore);
  const result = summarize(ours);
  const floorResult = summarize(floors);
  const figures = {
    routes,
    meanMs: rounded(result.mean),
    p50Ms: rounded(result.p50),
    p99Ms: rounded(result.p99),
    maxMs: rounded(result.max),
    errors: errors + existing.errors,
    floorMeanMs: rounded(floorResult.mean),
    ratioToFloor: rounded(result.mean / floorResult.mean),
    controlPlaneMeanMs: rounded(controlPlane.mean * 1000),
    controlPlaneP99Ms: rounded(controlPlane.quantile(0.99) * 1000),
    apiMeanMs: rounded(summarize(apiTimes).mean),
    controlPlaneCpuSeconds: rounded(cpu),
    controlPlaneRssMiB: Math.round(residentMiB(weir.pid)),
    envoyRssMiB: Math.round(residentMiB(await weir.envoyPid())),
    existingRequests: existing.requests,
    floorRefusals: floor.refusals.length,
  };
  weirProbe.close();
  floorProbe.close();
  await weir.stop();
  await floor.close();
  await backend.close();
  return figures;
}
