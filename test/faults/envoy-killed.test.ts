import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { signalProcess } from "../../src/dataplane/envoy-process.ts";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { freshPlace, startWeir } from "./weir-under-test.ts";

for (const whose of ["started", "taken over"] as const) {
  test(`kill -9 of an Envoy that was ${whose}: it is started again, says so, and traffic resumes`, async (t) => {
    const place = await freshPlace(t);
    const backend = await echoBackend(t, "first");
    const [port = 0] = await freePorts(1);
    const file = join(place.folder, "shop.yaml");
    const objects = [...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")];
    await writeFile(file, yamlOf(objects));
    const serves = (host: string) =>
      ask(port, "/", { host }).then(
        ({ status }) => status === 200,
        () => false,
      );

    let weir = await startWeir(t, place, [file]);
    if (weir === undefined) return;
    if (whose === "taken over") {
      await weir.kill();
      weir = await startWeir(t, place, [file]);
      assert.ok(weir !== undefined);
    }
    const { said, envoyPid, logged } = weir;
    assert.ok(await serves("web.test"));
    const first = await envoyPid();
    assert.ok(first !== undefined);

    signalProcess(first, "SIGKILL");
    await eventually(() => serves("web.test"), said);
    const second = await envoyPid();
    assert.notEqual(second, first);
    await logged(({ msg, pid }) => msg === "Envoy ended and is started again" && pid === first, "that Envoy ended");
    await logged(({ msg, pid }) => msg === "Envoy started" && pid === second, "that Envoy started again");

    await writeFile(file, yamlOf([...objects, route("more", "more.test", "first")]));
    await eventually(() => serves("more.test"), said);
  });
}
