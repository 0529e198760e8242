/** A large installation under steady change: what it costs in CPU and memory, and exactly what each kind of edit causes. */
import { setTimeout as wait } from "node:timers/promises";
import { readGauge, readSeries } from "./support/gauge.ts";
import {
  endpointSlice,
  gatewayObjects,
  type KubernetesObject,
  nobody,
  objectsOfRoutes,
  routeObjects,
} from "./support/objects.ts";
import { cpuSeconds, residentMiB } from "./support/process-figures.ts";
import { freePort, readOptions, report } from "./support/run.ts";
import { rounded } from "./support/statistics.ts";
import { proxiesSynced, startWeir, type WeirProcess } from "./support/weir-process.ts";

const options = readOptions({ routes: 5000, seconds: 60 }, []);
const { routes, seconds } = options.numbers;
const shape = { sharedBackend: false, oneHost: false } as const;
/** The collections whose keys are recomputed exactly when something is encoded. */
const ENCODERS: Readonly<Record<string, string>> = {
  "xds.rules": "routes",
  "xds.virtual-hosts": "virtualHosts",
  "xds.clusters": "clusters",
  "xds.endpoints": "endpoints",
  "xds.listeners": "listeners",
};

await report(options, run, (figures) => figures.cpuCoresMean);

async function run(folder: string) {
  const port = await freePort();
  const weir = await startWeir(folder, { ports: `80=${port}` });
  const objects = objectsOfRoutes(routes, shape, (index) => routeObjects(index, nobody, shape, "http"));
  await weir.api.createAll([...gatewayObjects(80, undefined, undefined), ...objects]);
  await quiet(weir);

  const endpointEdit = await costOf(weir, () => weir.api.replace(endpointSlice("s1", { ...nobody, port: 10 })));
  const routeEdit = await costOf(weir, () => weir.api.replace(changedRoute(2, "x")));
  const statusEdit = await costOf(weir, () =>
    weir.api.replace(withAnnotation(routeObjects(3, nobody, shape, "http").route)),
  );

  const bytesBefore = await readGauge(weir.api, "weir_xds_bytes_sent");
  const cpuBefore = cpuSeconds(weir.pid);
  const start = performance.now();
  for (let second = 0; second < seconds; second++) {
    await weir.api.replace(changedRoute((second * 37) % routes, `v${second}`));
    if (second % 2 === 0) {
      const index = (second * 53) % routes;
      await weir.api.replace(endpointSlice(`s${index}`, { ...nobody, port: 1000 + second }));
    }
    await wait(Math.max(0, start + (second + 1) * 1000 - performance.now()));
  }
  const elapsed = (performance.now() - start) / 1000;
  const figures = {
    routes,
    seconds,
    cpuCoresMean: rounded((cpuSeconds(weir.pid) - cpuBefore) / elapsed),
    rssMiB: Math.round(residentMiB(weir.pid)),
    bytesSent: (await readGauge(weir.api, "weir_xds_bytes_sent")) - bytesBefore,
    endpointEdit,
    routeEdit,
    annotationEdit: statusEdit,
  };
  await weir.stop();
  return figures;
}

function changedRoute(index: number, header: string): KubernetesObject {
  return routeObjects(index, nobody, shape, "http", header).route;
}

function withAnnotation(route: KubernetesObject): KubernetesObject {
  return { ...route, metadata: { ...route.metadata, annotations: { note: "nothing that matters" } } };
}

/** What one edit caused: keys recomputed by collection, things encoded, resources sent by type. */
async function costOf(weir: WeirProcess, edit: () => Promise<{ readonly status: number; readonly body: string }>) {
  const before = await snapshot(weir);
  const answer = await edit();
  if (answer.status >= 300) throw new Error(answer.body);
  await quiet(weir);
  const after = await snapshot(weir);
  const recomputed = difference(before.recomputed, after.recomputed);
  const encoded: Record<string, number> = {};
  for (const [collection, thing] of Object.entries(ENCODERS)) {
    const count = recomputed[collection];
    if (count !== undefined) encoded[thing] = count;
  }
  return {
    recomputed: Object.values(recomputed).reduce((sum, count) => sum + count, 0),
    encoded,
    sent: difference(before.sent, after.sent),
  };
}

type Counts = Readonly<Record<string, number>>;

async function snapshot(weir: WeirProcess): Promise<{ readonly recomputed: Counts; readonly sent: Counts }> {
  const read = async (name: string) =>
    Object.fromEntries(
      (await readSeries(weir.api, name)).map(([labels, value]) => [/"(.*)"/.exec(labels)?.[1] ?? "", value]),
    );
  return { recomputed: await read("weir_recomputed"), sent: await read("weir_xds_resources") };
}

function difference(before: Counts, after: Counts): Record<string, number> {
  const entries = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, change]) => change !== 0));
}

/** Waits until proxies have everything and statuses have been written. */
async function quiet(weir: WeirProcess): Promise<void> {
  for (let calm = 0; calm < 10; ) {
    await wait(100);
    const { connected, synced } = await proxiesSynced(weir.api);
    calm = connected > 0 && connected === synced ? calm + 1 : 0;
  }
}
