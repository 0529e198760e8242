import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { resourceTypes } from "../../src/serve/registry.ts";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { steadyTraffic } from "./traffic.ts";
import { freshPlace, type RunningWeir, startWeir } from "./weir-under-test.ts";

const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
const updates =
  /^(cluster_manager\.cds|listener_manager\.lds|cluster\..*|http\..*\.rds\..*)\.(update_success|version)$/;

async function updatesSeen({ envoyAdmin }: RunningWeir): Promise<ReadonlyMap<string, number>> {
  return new Map([...(await envoyAdmin.stats(updates))].filter(([name]) => updates.test(name)));
}

test("a restart with unchanged input sends nothing to Envoy", async (t) => {
  const place = await freshPlace(t);
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  await writeFile(
    file,
    yamlOf([...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")]),
  );
  const before = await startWeir(t, place, [file]);
  if (before === undefined) return;
  const answer = await before.send("POST", routes, route("written", "written.test", "first"));
  assert.equal(answer.status, 201);
  await eventually(
    async () => (await ask(port, "/", { host: "written.test" })).status === 200,
    () => before.said(),
  );
  await eventually(
    async () => (await before.metric("weir_proxies_synced")) === 1,
    () => before.said(),
  );
  const seen = await updatesSeen(before);
  assert.ok(
    [...seen.keys()].some((name) => name === "listener_manager.lds.update_success"),
    [...seen.keys()].join(),
  );
  await before.kill();

  const after = await startWeir(t, place, [file]);
  assert.ok(after !== undefined);
  await eventually(
    async () => (await after.metric("weir_proxies_synced")) === 1,
    () => after.said(),
  );
  for (const type of resourceTypes) {
    const sent = await after.metric(`weir_xds_resources{type="${type}"}`);
    assert.equal(sent, 0, `${type} resources were sent again`);
  }
  assert.deepEqual(await updatesSeen(after), seen);
});

/** The quickstart on ports of its own. */
async function quickstartIn(folder: string): Promise<string> {
  const from = new URL("../../examples/quickstart/", import.meta.url);
  const copy = join(folder, "quickstart");
  await mkdir(copy);
  const ports = await freePorts(4);
  for (const name of await readdir(from)) {
    const text = await readFile(new URL(name, from), "utf8");
    await writeFile(
      join(copy, name),
      text.replaceAll(/\b2100([1-4])\b/g, (_, digit: string) => String(ports[Number(digit) - 1])),
    );
  }
  return copy;
}

test("kill -9 on the quickstart, with HTTPS, gRPC, a split and a policy: nothing fails, and the restart sends nothing", async (t) => {
  const place = await freshPlace(t);
  const files = [await quickstartIn(place.folder)];
  const [http = 0, https = 0] = await freePorts(2);
  const options = { flags: { ports: `80=${http},443=${https}` } };
  const before = await startWeir(t, place, files, options);
  if (before === undefined) return;
  await eventually(
    async () => (await before.metric("weir_proxies_synced")) === 1,
    () => before.said(),
  );
  for (const type of ["cluster", "endpoint", "listener", "route", "secret"]) {
    assert.ok((await before.metric(`weir_xds_resources{type="${type}"}`)) > 0, `no ${type} was ever sent`);
  }
  const traffic = steadyTraffic(http, "api.shop.localhost", { path: "/cart" });
  t.after(() => traffic.stop());
  await before.kill();
  const atKill = traffic.answered();
  await eventually(
    () => traffic.answered() > atKill + 100,
    () => before.said(),
  );

  const after = await startWeir(t, place, files, options);
  assert.ok(after !== undefined);
  await eventually(
    async () => (await after.metric("weir_proxies_synced")) === 1,
    () => after.said(),
  );
  for (const type of resourceTypes) {
    const sent = await after.metric(`weir_xds_resources{type="${type}"}`);
    assert.equal(sent, 0, `${type} resources were sent again`);
  }
  await traffic.stop();
  assert.deepEqual(traffic.failures(), []);
  assert.equal((await after.interrupt()).code, 0);
  await assert.rejects(ask(http, "/cart", { host: "api.shop.localhost" }));
  assert.ok(!existsSync(join(place.state, "demo.sock")), "Ctrl-C ends the demo backends too");
});
