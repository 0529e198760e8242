import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readRunningEnvoy } from "../../src/dataplane/envoy-state.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { gateway, route, service, yamlOf } from "../faults/shop.ts";
import { freshPlace, type Place, runWeir, upWords } from "../faults/weir-under-test.ts";
import { ask, echoBackend, eventually, freePorts } from "./xds-live-proxy.ts";

async function prepare(t: TestContext): Promise<{ place: Place; port: number; file: string } | undefined> {
  if ((await realEnvoy(t)) === undefined) return undefined;
  const place = await freshPlace(t);
  await mkdir(place.state, { recursive: true, mode: 0o700 });
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  await writeFile(
    file,
    yamlOf([...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")]),
  );
  return { place, port, file };
}

/** Runs a command until its log says `message`. */
async function start(t: TestContext, place: Place, words: readonly string[], message: string) {
  const run = runWeir(t, place, words);
  await eventually(
    () => {
      if (run.child.exitCode !== null) throw new Error(`it ended: ${run.said.output}${run.said.errors}`);
      return run.said.errors.includes(message);
    },
    () => run.said.errors,
  );
  return run;
}

const dpWords = (place: Place, ...more: string[]): string[] => [
  "dp",
  `--state-directory=${place.state}`,
  "--envoy-concurrency=1",
  "--log-format=json",
  ...more,
];

test("weir dp runs an Envoy for weir cp, waits for it, and outlives it", async (t) => {
  const prepared = await prepare(t);
  if (prepared === undefined) return;
  const { place, port, file } = prepared;
  const dp = await start(t, place, dpWords(place), "there is no control plane yet");
  const cp = await start(t, place, upWords(place, [file], { command: "cp" }), "the control plane runs");
  await eventually(
    () => dp.said.errors.includes("the proxy takes traffic"),
    () => dp.said.errors,
  );
  const answer = async () => (await ask(port, "/", { host: "web.test" })).status;
  assert.equal(await answer(), 200);

  const list = await runWeir(t, place, ["proxy", "list", `--state-directory=${place.state}`, "-o", "json"]).ended;
  assert.match(list.output, /"class": "local"/);
  const stats = runWeir(t, place, ["proxy", "stats", `--state-directory=${place.state}`, "--filter", "server.live"]);
  assert.equal((await stats.ended).output, "server.live: 1\n");

  cp.child.kill("SIGTERM");
  assert.equal((await cp.ended).code, 0);
  assert.equal(await answer(), 200, "traffic needs no control plane");

  dp.child.kill("SIGINT");
  assert.equal((await dp.ended).code, 0);
  await assert.rejects(answer());
  assert.equal(await readRunningEnvoy(join(place.state, "envoy", "envoy.json")), undefined);
});

test("with proxies per gateway, weir dp serves the gateway it is told", async (t) => {
  const prepared = await prepare(t);
  if (prepared === undefined) return;
  const { place, port, file } = prepared;
  const flags = { "gateway-proxies": "per-gateway" };
  await start(t, place, upWords(place, [file], { command: "cp", flags }), "the control plane runs");
  const dp = await start(t, place, dpWords(place, "--gateway=shop/edge"), "the proxy takes traffic");
  assert.equal((await ask(port, "/", { host: "web.test" })).status, 200);
  const list = await runWeir(t, place, ["proxy", "list", `--state-directory=${place.state}`]).ended;
  assert.match(list.output, /^gateway\/shop\/edge\/\S+ +shop\/edge +synced /m);
  dp.child.kill("SIGINT");
  assert.equal((await dp.ended).code, 0);

  const wrong = await runWeir(t, place, dpWords(place, "--gateway=edge")).ended;
  assert.deepEqual([wrong.code, wrong.errors], [2, "error: not namespace/name: edge\n"]);
  const up = await runWeir(t, place, upWords(place, [file], { flags })).ended;
  assert.equal(up.code, 2);
  assert.match(up.errors, /weir up runs one Envoy for all gateways/);
});
