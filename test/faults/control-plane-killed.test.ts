import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { signalProcess } from "../../src/dataplane/envoy-process.ts";
import { processIdentity } from "../../src/dataplane/process-identity.ts";
import { listAt, textAt } from "../../src/model/json.ts";
import type { JsonObject } from "../../src/model/source-object.ts";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { steadyTraffic } from "./traffic.ts";
import { type ApiAnswer, freshPlace, runWeir, startWeir, upWords } from "./weir-under-test.ts";

const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
test("kill -9 of the control plane: traffic goes on, the next one takes Envoy over, no acknowledged write is lost", async (t) => {
  const place = await freshPlace(t);
  const first = await echoBackend(t, "first");
  const second = await echoBackend(t, "second");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  const objects = [...gateway(port), ...service("first", first.port), ...service("second", second.port)];
  await writeFile(file, yamlOf([...objects, route("web", "web.test", "first")]));

  const before = await startWeir(t, place, [file]);
  if (before === undefined) return;
  const envoy = await before.envoyPid();
  assert.ok(envoy !== undefined);
  const traffic = steadyTraffic(port, "web.test");
  t.after(() => traffic.stop());

  // Writes one after the other until the kill; what was acknowledged is remembered here.
  const acknowledged: string[] = [];
  let killed = false;
  const writing = (async () => {
    for (let number = 0; !killed; number++) {
      const name = `written-${number}`;
      const answer: ApiAnswer | undefined = await before
        .send("POST", routes, route(name, `${name}.test`, "second"))
        .catch(() => undefined);
      if (answer === undefined) return;
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      acknowledged.push(name);
    }
  })();
  await eventually(
    () => acknowledged.length >= 30,
    () => `${acknowledged.length} writes were acknowledged\n${before.said()}`,
  );
  await before.kill();
  killed = true;
  await writing;
  const atKill = traffic.answered();
  await eventually(
    () => traffic.answered() > atKill + 200,
    () => "there is no traffic without a control plane",
  );
  assert.deepEqual(traffic.failures(), []);

  const after = await startWeir(t, place, [file]);
  assert.ok(after !== undefined);
  assert.equal(await after.envoyPid(), envoy, "the same Envoy runs");
  await after.logged(({ msg, pid }) => msg === "took over the Envoy that was running" && pid === envoy, "took over");
  await eventually(
    async () => (await after.metric("weir_proxies_synced")) === 1,
    () => `Envoy is not in sync again:\n${after.said()}`,
  );
  const kept = await after.send("GET", routes);
  const names = new Set(listAt(kept.body, "items").map((item) => textAt(item, "metadata", "name") ?? ""));
  assert.deepEqual(
    acknowledged.filter((name) => !names.has(name)),
    [],
    "acknowledged and lost",
  );
  // Of the write under way at the kill either all is there or nothing.
  const unasked = [...names].filter((name) => name.startsWith("written-") && !acknowledged.includes(name));
  assert.ok(unasked.length <= 1 && unasked.every((name) => name === `written-${acknowledged.length}`), unasked.join());

  const edited = yamlOf([...objects, route("web", "web.test", "second")]);
  await writeFile(file, edited);
  await eventually(
    async () => (await ask(port, "/", { host: "web.test" })).seen?.backend === "second",
    () => `the edit has no effect:\n${after.said()}`,
  );
  for (const name of acknowledged) {
    const { status } = await ask(port, "/", { host: `${name}.test` });
    assert.equal(status, 200, name);
  }
  await traffic.stop();
  assert.deepEqual(traffic.failures(), []);

  const ended = await after.interrupt();
  assert.equal(ended.code, 0, ended.errors);
  assert.equal(await processIdentity(envoy), undefined, "Ctrl-C ends Envoy too");
});

test("kill -9 of everything at once, as when the power fails: the next start serves all that was acknowledged", async (t) => {
  const place = await freshPlace(t);
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  const objects = [...gateway(port), ...service("first", backend.port)];
  await writeFile(file, yamlOf([...objects, route("web", "web.test", "first")]));
  const before = await startWeir(t, place, [file]);
  if (before === undefined) return;
  assert.equal((await before.send("POST", routes, route("written", "written.test", "first"))).status, 201);
  const envoy = await before.envoyPid();
  assert.ok(envoy !== undefined);
  const killed = before.kill();
  signalProcess(envoy, "SIGKILL");
  await killed;
  // Numbers of processes are given again after a restart of the machine: this one is somebody else's now.
  const instance: JsonObject = JSON.parse(await readFile(join(place.state, "running.json"), "utf8"));
  await writeFile(join(place.state, "running.json"), JSON.stringify({ ...instance, pid: process.pid }));
  await writeFile(file, yamlOf([...objects, route("web", "edited.test", "first")]));

  const after = await startWeir(t, place, [file]);
  assert.ok(after !== undefined);
  assert.notEqual(await after.envoyPid(), envoy);
  for (const [host, status] of [
    ["written.test", 200],
    ["edited.test", 200],
    ["web.test", 404],
  ] as const) {
    await eventually(
      async () => (await ask(port, "/", { host })).status === status,
      () => `${host}: ${after.said()}`,
    );
  }
});

test("killed again and again while it starts: traffic goes on, and there is still one Envoy", async (t) => {
  const place = await freshPlace(t);
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  await writeFile(
    file,
    yamlOf([...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")]),
  );
  const weir = await startWeir(t, place, [file]);
  if (weir === undefined) return;
  const envoy = await weir.envoyPid();
  const traffic = steadyTraffic(port, "web.test");
  t.after(() => traffic.stop());
  await weir.kill();

  const instance = join(place.state, "running.json");
  const socket = join(place.state, "xds.sock");
  const moments: readonly ((said: string) => boolean)[] = [
    () => existsSync(socket),
    () => existsSync(instance),
    (said) => said.includes("proxy connected"),
    (said) => said.includes("took over"),
  ];
  for (const isMoment of moments) {
    await rm(instance, { force: true });
    await rm(socket, { force: true });
    const { child, said, ended } = runWeir(t, place, upWords(place, [file]));
    await eventually(
      () => isMoment(said.errors),
      () => `it does not get there:\n${said.errors}`,
    );
    child.kill("SIGKILL");
    await ended;
  }
  const last = await startWeir(t, place, [file]);
  assert.ok(last !== undefined);
  assert.equal(await last.envoyPid(), envoy);
  const before = traffic.answered();
  await eventually(
    () => traffic.answered() > before + 100,
    () => last.said(),
  );
  await traffic.stop();
  assert.deepEqual(traffic.failures(), []);
  assert.ok(!last.said().includes("WR0504"), "no other Envoy shares the port");
});
