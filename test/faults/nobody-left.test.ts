import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { processIdentity } from "../../src/dataplane/process-identity.ts";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { freshPlace, startWeir } from "./weir-under-test.ts";

test("when the reader of the output is gone (weir up | head), Weir ends and leaves no Envoy behind", async (t) => {
  const place = await freshPlace(t);
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  const objects = [...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")];
  await writeFile(file, yamlOf(objects));
  const weir = await startWeir(t, place, [file], { flags: { "access-log-format": "json" } });
  if (weir === undefined) return;
  const envoy = await weir.envoyPid();
  assert.ok(envoy !== undefined);
  weir.stopReading();
  // The line of the access log is what cannot be written.
  assert.equal((await ask(port, "/", { host: "web.test" })).status, 200);
  const { code, errors } = await weir.ended;
  assert.equal(code, 0, errors);
  await eventually(async () => (await processIdentity(envoy)) === undefined, weir.said);
});
