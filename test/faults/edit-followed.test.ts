import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { freshPlace, startWeir } from "./weir-under-test.ts";

/** Generous: an edit takes a few tens of milliseconds. */
const atOnceMs = 1_000;

test("traffic follows an edit of the YAML at once, whichever way an editor saves", async (t) => {
  const place = await freshPlace(t);
  const first = await echoBackend(t, "first");
  const second = await echoBackend(t, "second");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  const objects = [...gateway(port), ...service("first", first.port), ...service("second", second.port)];
  const sendTo = (backend: string) => yamlOf([...objects, route("web", "web.test", backend)]);
  await writeFile(file, sendTo("first"));
  const weir = await startWeir(t, place, [file]);
  if (weir === undefined) return;
  const answers = async () => (await ask(port, "/", { host: "web.test" })).seen?.backend;
  assert.equal(await answers(), "first");

  const inPlace = (text: string) => writeFile(file, text);
  const byRename = async (text: string) => {
    await writeFile(`${file}~`, text);
    await rename(`${file}~`, file);
  };
  for (const save of [inPlace, byRename, inPlace, byRename]) {
    for (const backend of ["second", "first"]) {
      const start = performance.now();
      await save(sendTo(backend));
      await eventually(async () => (await answers()) === backend, weir.said);
      const took = performance.now() - start;
      assert.ok(took < atOnceMs, `traffic followed after ${Math.round(took)} ms`);
    }
  }
  assert.deepEqual(
    weir.log().filter(({ level }) => level === "error"),
    [],
  );
});
