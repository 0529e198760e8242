/** A route's backend and a header filter flip together under load: nobody may get an error, or the one without the other. */
import { setTimeout as wait } from "node:timers/promises";
import { startBackend } from "./support/backend.ts";
import { type Flip, http1Loop, http2Loop } from "./support/flip-load.ts";
import {
  DOMAIN,
  endpointSlice,
  gatewayObjects,
  type KubernetesObject,
  NAMESPACE,
  serviceObject,
} from "./support/objects.ts";
import { onLoopback, ProbeConnection } from "./support/probe-connection.ts";
import { awaitServed } from "./support/route-watch.ts";
import { freePort, readOptions, report } from "./support/run.ts";
import { rounded } from "./support/statistics.ts";
import { startWeir } from "./support/weir-process.ts";

const options = readOptions({ iterations: 100, every: 200, connections: 2 }, []);
const { iterations, every, connections } = options.numbers;
const HOST = `flip.${DOMAIN}`;
const SIDES = ["blue", "green"] as const;

await report(options, run, (figures) => figures.worstFlipMs);

async function run(folder: string) {
  const port = await freePort();
  const weir = await startWeir(folder, { ports: `80=${port}` });
  const backends = await Promise.all(SIDES.map((side) => startBackend(side)));
  await weir.api.createAll(gatewayObjects(80, undefined, undefined));
  for (const [index, side] of SIDES.entries()) {
    await weir.api.createAll([
      serviceObject(side),
      endpointSlice(side, { address: "127.0.0.1", port: backends[index]?.port ?? 0 }),
    ]);
  }
  await weir.api.createAll([flipRoute("blue")]);
  const first = new ProbeConnection(onLoopback(port));
  await awaitServed(first, [{ host: HOST, path: "/" }]);
  first.close();

  let current: string = "blue";
  let since = performance.now();
  let seenAfter: number | undefined;
  let requests = 0;
  let errors = 0;
  let mixed = 0;
  let counting = false;
  let stopped = false;
  const onAnswer = (flip: Flip | undefined) => {
    if (counting) requests++;
    if (flip === undefined || flip.status !== 200) {
      if (counting) errors++;
      return;
    }
    if (flip.backend !== flip.seen) mixed++;
    if (flip.backend === current) seenAfter ??= performance.now() - since;
  };
  const loops = Array.from({ length: connections }, () => [http1Loop(port, HOST), http2Loop(port, HOST)]).flat();
  const running = loops.map((loop) => loop(onAnswer, () => stopped));
  for (let tries = 0; seenAfter === undefined && tries < 500; tries++) await wait(10);
  mixed = 0;
  counting = true;

  const flips: number[] = [];
  let missed = 0;
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const next = SIDES[iteration % 2] ?? "blue";
    seenAfter = undefined;
    since = performance.now();
    current = next;
    const answer = await weir.api.replace(flipRoute(next));
    if (answer.status >= 300) throw new Error(answer.body);
    await wait(Math.max(0, every - (performance.now() - since)));
    if (seenAfter === undefined) missed++;
    else flips.push(seenAfter);
  }
  stopped = true;
  await Promise.all(running);
  const figures = {
    iterations,
    requests,
    errors,
    flipsSeen: iterations - missed,
    mixed,
    worstFlipMs: rounded(Math.max(...flips)),
    meanFlipMs: rounded(flips.reduce((sum, value) => sum + value, 0) / flips.length),
  };
  await weir.stop();
  await Promise.all(backends.map((backend) => backend.close()));
  return figures;
}

function flipRoute(side: string): KubernetesObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "flip", namespace: NAMESPACE },
    spec: {
      parentRefs: [{ name: "bench" }],
      hostnames: [HOST],
      rules: [
        {
          filters: [
            { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-flip", value: side }] } },
          ],
          backendRefs: [{ name: side, port: 80 }],
        },
      ],
    },
  };
}
