/** In a cluster: how soon a Gateway's count of routes is right after many were created at once, and how many status writes that took. */
import { setTimeout as wait } from "node:timers/promises";
import { numberAt } from "../src/model/json.ts";
import { type ClusterRig, NODE_ADDRESS } from "./support/cluster/cluster-rig.ts";
import { follow } from "./support/cluster/follow.ts";
import { reportInCluster } from "./support/cluster/report-in-cluster.ts";
import { statusWrites } from "./support/cluster/request-counts.ts";
import { routeObjects } from "./support/objects.ts";
import { cpuSeconds, residentMiB } from "./support/process-figures.ts";
import { awaitQuiet } from "./support/quiet.ts";
import { readOptions } from "./support/run.ts";
import { rounded } from "./support/statistics.ts";

const options = readOptions({ routes: 1000 }, []);
const { routes } = options.numbers;
const shape = { sharedBackend: true, oneHost: false } as const;
const GIVE_UP_MS = 120_000;

await reportInCluster(options, run, (figures) => figures.rightAfterMs);

async function run(rig: ClusterRig) {
  const { api, controlPlanePid } = rig;
  const all = Array.from({ length: routes }, (_, index) =>
    routeObjects(index, { address: NODE_ADDRESS, port: 9 }, shape, "http"),
  );
  const [first] = all;
  if (first === undefined) throw new Error("--routes takes a number above 0");
  await api.createAll([first.service]);
  await api.createAll([first.endpoints]);
  await awaitQuiet(controlPlanePid);
  const cpuBefore = cpuSeconds(controlPlanePid);
  const objects = all.map(({ route }) => route);
  const created = await timeUntil(rig, routes, () => api.createAll(objects));
  await awaitQuiet(controlPlanePid);
  const removed = await timeUntil(rig, 0, () => api.removeAll(objects));
  await awaitQuiet(controlPlanePid);
  return {
    routes,
    rightAfterMs: created.rightAfterMs,
    gatewayStatusWrites: created.writes,
    createSeconds: created.seconds,
    zeroAfterMs: removed.rightAfterMs,
    removalGatewayStatusWrites: removed.writes,
    removeSeconds: removed.seconds,
    routeStatusWrites: await statusWrites(api, "httproutes"),
    controlPlaneCpuSeconds: rounded(cpuSeconds(controlPlanePid) - cpuBefore),
    controlPlaneRssMiB: Math.round(residentMiB(controlPlanePid)),
  };
}

/** How long after the last answer to `write` the Gateway says that it has so many routes, and how many writes of its status there were by then. */
async function timeUntil({ api, client, gateway }: ClusterRig, wanted: number, write: () => Promise<void>) {
  const { promise: right, resolve } = Promise.withResolvers<number>();
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${gateway.metadata.namespace}/gateways`;
  const unfollow = await follow(client, path, ({ status }, at) => {
    if (numberAt(status, "listeners", 0, "attachedRoutes") === wanted) resolve(at);
  });
  const writesBefore = await statusWrites(api, "gateways");
  const begun = performance.now();
  await write();
  const written = performance.now();
  const late = wait(GIVE_UP_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the Gateway does not say that it has ${wanted} routes after ${GIVE_UP_MS / 1000} s`);
  });
  const rightAt = await Promise.race([right, late]);
  const writes = (await statusWrites(api, "gateways")) - writesBefore;
  await unfollow();
  return {
    rightAfterMs: rounded(Math.max(0, rightAt - written)),
    writes,
    seconds: rounded((written - begun) / 1000),
  };
}
