import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { freshPlace, runWeir, startWeir, upWords } from "./weir-under-test.ts";

test("a file that is broken from the start, and one that is not there yet: the rest is served, and they are when they can be", async (t) => {
  const place = await freshPlace(t);
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const [good, broken, absent] = ["good.yaml", "broken.yaml", "absent.yaml"].map((name) => join(place.folder, name));
  assert.ok(good !== undefined && broken !== undefined && absent !== undefined);
  const objects = [...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")];
  await writeFile(good, yamlOf(objects));
  await writeFile(broken, "kind: HTTPRoute\nmetadata: name: x\n");
  const weir = await startWeir(t, place, [good, broken, absent]);
  if (weir === undefined) return;
  assert.equal((await ask(port, "/", { host: "web.test" })).status, 200);
  const malformed = await weir.logged(({ msg }) => msg.startsWith("WR0101"), "that a file is malformed");
  assert.match(String(malformed.at), /broken\.yaml:2:\d+$/);
  const missing = await weir.logged(({ msg }) => msg.startsWith("WR0108"), "that a file is not there");
  assert.match(String(missing.at), /absent\.yaml/);

  await writeFile(broken, yamlOf([route("mended", "mended.test", "first")]));
  await writeFile(absent, yamlOf([route("late", "late.test", "first")]));
  for (const host of ["mended.test", "late.test"]) {
    await eventually(async () => (await ask(port, "/", { host })).status === 200, weir.said);
  }
  assert.deepEqual(await weir.diagnostics(), []);
  await rm(absent);
  await eventually(async () => (await ask(port, "/", { host: "late.test" })).status === 404, weir.said);
});

test("the store is damaged", async (t) => {
  const place = await freshPlace(t);
  await mkdir(place.state, { mode: 0o700 });
  const store = join(place.state, "weir.db");
  await writeFile(store, "this is no database, and it is long enough to be taken for one".repeat(100));
  const { code, errors } = await runWeir(t, place, upWords(place, [])).ended;
  assert.equal(code, 1, errors);
  assert.ok(errors.includes(store), errors);
  assert.doesNotMatch(errors, /defect of Weir/);
  assert.match(errors, /restore|move|copy|remove/i);
});

test("the state directory is a file", async (t) => {
  const place = await freshPlace(t);
  await writeFile(place.state, "");
  const { code, errors } = await runWeir(t, place, upWords(place, [])).ended;
  assert.equal(code, 1, errors);
  assert.ok(errors.includes(place.state), errors);
  assert.match(errors, /--state-directory/);
  assert.doesNotMatch(errors, /defect of Weir/);
});

test("the path of the state directory is too long for sockets", async (t) => {
  const place = await freshPlace(t);
  const words = upWords(place, [], { flags: { "state-directory": join(place.folder, "long".repeat(30)) } });
  const { code, errors } = await runWeir(t, place, words).ended;
  assert.equal(code, 1, errors);
  assert.match(errors, /too long/);
  assert.match(errors, /--state-directory|--xds-socket/);
  assert.doesNotMatch(errors, /defect of Weir/);
});

test("another program has the port of a demo backend: said, and the rest is served", async (t) => {
  const place = await freshPlace(t);
  const [port = 0, taken = 0, free = 0] = await freePorts(3);
  const server = createServer().listen({ host: "127.0.0.1", port: taken });
  await once(server, "listening");
  t.after(() => server.close());
  const demo = (name: string, at: number) =>
    service(name, at).map((object) =>
      object.kind === "EndpointSlice"
        ? {
            ...object,
            metadata: {
              name: `${name}-1`,
              namespace: "shop",
              labels: { "kubernetes.io/service-name": name },
              annotations: { "weir.dev/demo-backend": "v1" },
            },
          }
        : object,
    );
  const file = join(place.folder, "shop.yaml");
  await writeFile(
    file,
    yamlOf([...gateway(port), ...demo("first", taken), ...demo("second", free), route("web", "web.test", "second")]),
  );
  const weir = await startWeir(t, place, [file]);
  if (weir === undefined) return;
  assert.equal((await ask(port, "/", { host: "web.test" })).status, 200);
  const line = await weir.logged(({ msg }) => msg.includes(`:${taken}`), "that the port is taken");
  assert.match(line.msg, /in use|another program/);
});
