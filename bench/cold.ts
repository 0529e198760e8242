/** A restart with many routes: from the start of the process to the last acknowledgement of proxies that reconnect with all they have. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { LightProxy } from "./support/light-proxy.ts";
import { gatewayObjects, nobody, objectsOfRoutes, routeObjects } from "./support/objects.ts";
import { residentMiB } from "./support/process-figures.ts";
import { freePort, readOptions, report } from "./support/run.ts";
import { rounded } from "./support/statistics.ts";
import { type ProxiesSynced, proxiesSynced, startWeir } from "./support/weir-process.ts";

const options = readOptions({ routes: 5000, proxies: 10 }, []);
const { routes, proxies: wanted } = options.numbers;
const shape = { sharedBackend: false, oneHost: false } as const;
const launcher = new URL("../bin/weir", import.meta.url).pathname;

await report(options, run, (figures) => figures.coldMs);

async function run(folder: string) {
  const port = await freePort();
  const flags = { ports: `80=${port}` };
  const first = await startWeir(folder, flags, [], "cp");
  const objects = objectsOfRoutes(routes, shape, (index) => routeObjects(index, nobody, shape, "http"));
  await first.api.createAll([...gatewayObjects(80, undefined, undefined), ...objects]);
  const socket = join(folder, "state", "xds.sock");
  const proxies = Array.from({ length: wanted }, (_, index) => new LightProxy(`light/${index}`, [`http/${port}`]));
  for (const proxy of proxies) await proxy.connect(socket);
  await until(() => proxies.every((proxy) => proxy.count("endpoint") === routes && proxy.count("route") > 0));
  await allSynced(first.api);
  for (const proxy of proxies) proxy.disconnect();
  await first.stop();

  let resent = 0;
  for (const proxy of proxies) {
    proxy.onResponse = (_type, count) => {
      resent += count;
    };
  }
  const start = performance.now();
  const second = await startWeir(folder, flags, [], "cp");
  for (const proxy of proxies) await proxy.connect(socket);
  await allSynced(second.api);
  const coldMs = performance.now() - start;
  const figures = {
    routes,
    proxies: wanted,
    coldMs: rounded(coldMs),
    resent,
    controlPlaneRssMiB: Math.round(residentMiB(second.pid)),
    helpMs: rounded(await timeHelp()),
  };
  for (const proxy of proxies) proxy.disconnect();
  await second.stop();
  return figures;
}

async function allSynced(api: Parameters<typeof proxiesSynced>[0]): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    const state: ProxiesSynced = await proxiesSynced(api);
    if (state.connected === wanted && state.synced === wanted) return;
    await wait(10);
  }
  throw new Error("the proxies did not acknowledge everything");
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 12_000; tries++) {
    if (done()) return;
    await wait(10);
  }
  throw new Error("the proxies did not get everything");
}

/** The quickest of five, in milliseconds. */
async function timeHelp(): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 5; count++) {
    const start = performance.now();
    await promisify(execFile)(launcher, ["--help"]);
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}
