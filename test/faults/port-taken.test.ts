import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { freshPlace, type LogLine, runWeir, startWeir, upWords } from "./weir-under-test.ts";

/** Another program that listens on loopback until the test is over, or until it is stopped. */
async function otherProgram(t: TestContext, port: number): Promise<{ readonly stop: () => Promise<void> }> {
  const server = createServer().listen({ host: "127.0.0.1", port });
  await once(server, "listening");
  t.after(() => server.close());
  return {
    stop: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

async function shopFile(t: TestContext, folder: string, ports: readonly number[]): Promise<string> {
  const backend = await echoBackend(t, "first");
  const gateways = ports.flatMap((port, index) => gateway(port, index === 0 ? "edge" : `edge-${index}`).slice(1));
  const file = join(folder, "shop.yaml");
  await writeFile(
    file,
    yamlOf([
      ...gateway(0).slice(0, 1),
      ...gateways,
      ...service("first", backend.port),
      route("web", "web.test", "first"),
    ]),
  );
  return file;
}

test("another program has the port of a listener: said at the start, with what to do; the other ports are served", async (t) => {
  const place = await freshPlace(t);
  const [free = 0, taken = 0] = await freePorts(2);
  await otherProgram(t, taken);
  const weir = await startWeir(t, place, [await shopFile(t, place.folder, [free, taken])]);
  if (weir === undefined) return;
  assert.equal((await ask(free, "/", { host: "web.test" })).status, 200);
  const line = await weir.logged(({ msg }) => msg.startsWith("WR0504"), "that the port is taken");
  assert.ok(line.msg.includes(`:${taken} is already in use by another program`), line.msg);
  assert.ok(String(line.hint).includes(`sport = :${taken}`));
  assert.ok(weir.said().includes(`curl --resolve web.test:${free}:127.0.0.1`), weir.said());
  assert.ok(!weir.said().includes(`--resolve web.test:${taken}:`), "nothing to try where nothing is served");
  assert.match(weir.said(), new RegExp(`Weir serves on port ${free}\\.\n.*Not served: .*:${taken} is already in use`));
});

test("a port that cannot be had is said once", async (t) => {
  const place = await freshPlace(t);
  const [first = 0, later = 0] = await freePorts(2);
  await otherProgram(t, first);
  await otherProgram(t, later);
  const weir = await startWeir(t, place, [await shopFile(t, place.folder, [first])]);
  if (weir === undefined) return;
  const gateways = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways";
  assert.equal((await weir.send("POST", gateways, gateway(later, "late")[1])).status, 201);
  for (const port of [first, later]) {
    const text = `cannot bind '[::]:${port}'`;
    await weir.logged(({ message }) => String(message).includes(text), `that Envoy refused port ${port}`);
    await weir.logged((line) => String(line.text).includes(text), `what Envoy says of port ${port}`);
    await weir.logged(({ msg }) => msg.startsWith("WR0504") && msg.includes(`:${port} `), `port ${port}`);
    const said: readonly LogLine[] = weir
      .log()
      .filter(({ msg }) => msg.startsWith("WR0504") && msg.includes(`:${port} `));
    assert.equal(said.length, 1, weir.said());
  }
});

test("a port that becomes free is served without an edit or a restart, and nothing is said of it any more", async (t) => {
  const place = await freshPlace(t);
  const [free = 0, taken = 0] = await freePorts(2);
  const other = await otherProgram(t, taken);
  const weir = await startWeir(t, place, [await shopFile(t, place.folder, [taken, free])]);
  if (weir === undefined) return;
  const problems = async () => (await weir.diagnostics()).filter(({ code }) => code === "WR0504");
  await eventually(async () => (await problems()).length === 1, weir.said);
  const [problem] = await problems();
  assert.equal(problem?.object?.name, "edge");
  assert.ok(problem?.message.includes(`:${taken} is already in use by another program`), problem?.message);
  const errors = () => weir.log().filter(({ level }) => level === "error");
  await eventually(async () => (await weir.metric('weir_xds_refused{type="listener"}')) >= 2, weir.said);
  const said = errors();
  assert.deepEqual(
    said.map(({ msg }) => msg.slice(0, 6)).toSorted(),
    ["Envoy ", "WR0502", "WR0504"],
    "each says it once, however often it is tried again",
  );

  await other.stop();
  await weir.logged(({ listener }) => listener === `tcp/*/${taken}`, "that the port is served now");
  assert.equal((await ask(taken, "/", { host: "web.test" })).status, 200);
  assert.deepEqual(await problems(), []);
  assert.deepEqual(errors(), said);
});

test("another Weir's Envoy has the port, which Envoys share in silence: said by the second one", async (t) => {
  const [firstPlace, secondPlace] = [await freshPlace(t), await freshPlace(t)];
  const [shared = 0, own = 0] = await freePorts(2);
  const first = await startWeir(t, firstPlace, [await shopFile(t, firstPlace.folder, [shared])]);
  if (first === undefined) return;
  const file = await shopFile(t, secondPlace.folder, [own]);
  const second = await startWeir(t, secondPlace, [file]);
  assert.ok(second !== undefined);
  assert.deepEqual(
    second.log().filter(({ msg }) => msg.startsWith("WR0504")),
    [],
  );
  // An edit opens the port that the first one has.
  const answer = await second.send(
    "POST",
    "/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways",
    gateway(shared, "late")[1],
  );
  assert.equal(answer.status, 201);
  const line = await second.logged(({ msg }) => msg.startsWith("WR0504"), "that the port is shared");
  assert.ok(line.msg.includes(`:${shared} is already in use by another program`), line.msg);

  // Taken over after a kill, its own port is no problem, and the shared one still is.
  await second.kill();
  const third = await startWeir(t, secondPlace, [file]);
  assert.ok(third !== undefined);
  await third.logged(({ msg }) => msg.includes(`:${shared} is already in use`), "that the port is still shared");
  assert.ok(!third.said().includes(`:${own} is already in use`), third.said());
});

test("another program has the port of the API", async (t) => {
  if ((await realEnvoy(t)) === undefined) return;
  const place = await freshPlace(t);
  const [taken = 0] = await freePorts(1);
  await otherProgram(t, taken);
  const words = upWords(place, [], { flags: { "api-port": String(taken) } });
  const { code, errors } = await runWeir(t, place, words).ended;
  assert.equal(code, 1, errors);
  assert.ok(errors.includes(`cannot listen on 127.0.0.1:${taken}: another program does`), errors);
  assert.match(errors, /--api-port/);
});

test("a second Weir on the same state directory, or on the same discovery socket", async (t) => {
  const place = await freshPlace(t);
  const weir = await startWeir(t, place, []);
  if (weir === undefined) return;
  const same = await runWeir(t, place, upWords(place, [])).ended;
  assert.equal(same.code, 1, same.errors);
  assert.match(same.errors, new RegExp(`Weir runs already on ${place.state} \\(process ${weir.pid}, ${weir.url}\\)`));
  assert.match(same.errors, /--state-directory/);

  const other = await freshPlace(t);
  const socket = join(place.state, "xds.sock");
  const shared = await runWeir(t, other, upWords(other, [], { flags: { "xds-socket": socket } })).ended;
  assert.equal(shared.code, 1, shared.errors);
  assert.match(shared.errors, new RegExp(`another process already serves ${socket}`));
  assert.match(shared.errors, /choose another address/);

  await eventually(async () => (await weir.send("GET", "/readyz")).status === 200, weir.said);
});
