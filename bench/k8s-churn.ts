/** In a cluster: what a large installation under steady change costs the control plane in CPU and memory. */
import { setTimeout as wait } from "node:timers/promises";
import { startBackend } from "./support/backend.ts";
import { type ClusterRig, NODE_ADDRESS } from "./support/cluster/cluster-rig.ts";
import { reportInCluster } from "./support/cluster/report-in-cluster.ts";
import { statusWrites } from "./support/cluster/request-counts.ts";
import { endpointSlice, objectsOfRoutes, routeObjects } from "./support/objects.ts";
import { ProbeConnection } from "./support/probe-connection.ts";
import { cpuSeconds, peakResidentMiB, residentMiB } from "./support/process-figures.ts";
import { awaitQuiet } from "./support/quiet.ts";
import { awaitServed } from "./support/route-watch.ts";
import { readOptions } from "./support/run.ts";
import { rounded } from "./support/statistics.ts";

const options = readOptions({ routes: 5000, seconds: 60 }, []);
const { routes, seconds } = options.numbers;
const shape = { sharedBackend: false, oneHost: false } as const;

await reportInCluster(options, run, (figures) => figures.cpuCoresMean);

async function run({ api, address, controlPlanePid, envoyPid }: ClusterRig) {
  const backend = await startBackend("bench", NODE_ADDRESS);
  const objectsOf = (index: number, header?: string) => routeObjects(index, backend, shape, "http", header);
  const begun = performance.now();
  await api.createAll(objectsOfRoutes(routes, shape, objectsOf));
  const createSeconds = (performance.now() - begun) / 1000;
  const probe = new ProbeConnection(address);
  await awaitServed(probe, [objectsOf(0), objectsOf(routes - 1)]);
  probe.close();
  await awaitQuiet(controlPlanePid);
  const loadCpuSeconds = cpuSeconds(controlPlanePid);
  const loadWrites = await statusWrites(api, "httproutes");

  const start = performance.now();
  const cpuBefore = cpuSeconds(controlPlanePid);
  const envoyCpuBefore = cpuSeconds(envoyPid);
  for (let second = 0; second < seconds; second++) {
    await api.merge(objectsOf((second * 37) % routes, `v${second}`).route);
    if (second % 2 === 0) {
      const slice = endpointSlice(`s${(second * 53) % routes}`, { ...backend, port: 1000 + second });
      await api.merge(slice);
    }
    await wait(Math.max(0, start + (second + 1) * 1000 - performance.now()));
  }
  const elapsed = (performance.now() - start) / 1000;
  const figures = {
    routes,
    seconds,
    cpuCoresMean: rounded((cpuSeconds(controlPlanePid) - cpuBefore) / elapsed),
    rssMiB: Math.round(residentMiB(controlPlanePid)),
    peakRssMiB: Math.round(peakResidentMiB(controlPlanePid)),
    envoyCpuCoresMean: rounded((cpuSeconds(envoyPid) - envoyCpuBefore) / elapsed),
    envoyRssMiB: Math.round(residentMiB(envoyPid)),
    routeStatusWrites: (await statusWrites(api, "httproutes")) - loadWrites,
    createSeconds: rounded(createSeconds),
    loadCpuSeconds: rounded(loadCpuSeconds),
    loadRouteStatusWrites: loadWrites,
  };
  await backend.close();
  return figures;
}
