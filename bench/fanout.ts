/** How long one endpoint change takes to reach every one of many connected proxies, and how often it is encoded. */

import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readGauge } from "./support/gauge.ts";
import { LightProxy } from "./support/light-proxy.ts";
import { endpointSlice, gatewayObjects, nobody, routeObjects } from "./support/objects.ts";
import { cpuSeconds, residentMiB } from "./support/process-figures.ts";
import { freePort, readOptions, report } from "./support/run.ts";
import { rounded } from "./support/statistics.ts";
import { startWeir } from "./support/weir-process.ts";

const options = readOptions({ proxies: 1000, changes: 5 }, []);
const { proxies: wanted, changes } = options.numbers;
const shape = { sharedBackend: true, oneHost: false } as const;

await report(options, run, (figures) => figures.lastMs);

async function run(folder: string) {
  const port = await freePort();
  const weir = await startWeir(folder, { ports: `80=${port}` });
  const { service, endpoints, route } = routeObjects(0, nobody, shape, "http");
  await weir.api.createAll([...gatewayObjects(80, undefined, undefined), service, endpoints, route]);
  const socket = join(folder, "state", "xds.sock");
  const proxies: LightProxy[] = [];
  for (let index = 0; index < wanted; index++) {
    const proxy = new LightProxy(`light/${index}`, [`http/${port}`]);
    proxies.push(proxy);
    await proxy.connect(socket);
  }
  await until(() => proxies.every((proxy) => proxy.count("endpoint") > 0 && proxy.count("route") > 0));
  await wait(500);

  const cpuBefore = cpuSeconds(weir.pid);
  let worst = 0;
  let encodes = 0;
  const times: number[] = [];
  for (let change = 0; change < changes; change++) {
    let last = 0;
    let missing = proxies.length;
    const waiting = new Set(proxies);
    for (const proxy of proxies) {
      proxy.onResponse = (type, _count, at) => {
        if (type !== "endpoint" || !waiting.delete(proxy)) return;
        missing--;
        last = Math.max(last, at);
      };
    }
    const framedBefore = await readGauge(weir.api, "weir_xds_framed");
    const start = performance.now();
    const written = weir.api.replace(endpointSlice("shared", { ...nobody, port: 10 + change }));
    await until(() => missing === 0);
    const answer = await written;
    if (answer.status >= 300) throw new Error(answer.body);
    times.push(last - start);
    worst = Math.max(worst, last - start);
    encodes = Math.max(encodes, (await readGauge(weir.api, "weir_xds_framed")) - framedBefore);
  }
  const figures = {
    proxies: wanted,
    lastMs: rounded(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? worst),
    worstMs: rounded(worst),
    encodesPerChange: encodes,
    controlPlaneCpuMsPerChange: rounded(((cpuSeconds(weir.pid) - cpuBefore) * 1000) / changes),
    controlPlaneRssMiB: Math.round(residentMiB(weir.pid)),
  };
  for (const proxy of proxies) proxy.disconnect();
  await weir.stop();
  return figures;
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 60_000; tries++) {
    if (done()) return;
    await wait(1);
  }
  throw new Error("not every proxy was reached");
}
