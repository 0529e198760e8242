import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { lineOf, mistakes } from "./mistakes.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { steadyTraffic } from "./traffic.ts";
import { freshPlace, runWeir, startWeir } from "./weir-under-test.ts";

function said(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ code, message, position }) => `${code} ${position?.file}:${position?.line}:${position?.column} ${message}`)
    .join("\n");
}

test("mistakes in watched files are named with their lines, and everything else goes on", async (t) => {
  const place = await freshPlace(t);
  const backend = await echoBackend(t, "first");
  const [port = 0, tlsPort = 0] = await freePorts(2);
  const objects = join(place.folder, "objects");
  await mkdir(objects);
  const good = [...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")];
  await writeFile(join(objects, "good.yaml"), yamlOf(good));
  const weir = await startWeir(t, place, [objects]);
  if (weir === undefined) return;
  assert.deepEqual(await weir.diagnostics(), []);
  const traffic = steadyTraffic(port, "web.test", { kept: 1, fresh: 1 });
  t.after(() => traffic.stop());

  const certificates = await makeTestCertificates();
  const [pair] = certificates.good;
  assert.ok(pair !== undefined);
  for (const mistake of mistakes(tlsPort, pair, certificates.strangeKey)) {
    await t.test(mistake.name, async () => {
      const file = join(objects, "mistake.yaml");
      const line = lineOf(mistake);
      const isIt = ({ code, position }: Diagnostic) =>
        code === mistake.code && position?.file === file && (line === undefined || position.line === line);
      let seen: readonly Diagnostic[] = [];
      const look = async () => (seen = await weir.diagnostics());
      await writeFile(file, mistake.text);
      await eventually(
        async () => (await look()).some(isIt),
        () => `no ${mistake.code} at line ${line}, but\n${said(seen)}`,
      );
      if (mistake.outcome !== undefined) {
        const { host, path = "/", status } = mistake.outcome;
        await eventually(async () => (await ask(port, path, { host })).status === status, weir.said);
      }
      assert.equal((await ask(port, "/", { host: "web.test" })).status, 200);
      await rm(file);
      await eventually(
        async () => (await look()).length === 0,
        () => `the mistake is gone, and still there is\n${said(seen)}`,
      );
    });
  }
  await traffic.stop();
  assert.deepEqual(traffic.failures(), []);
  assert.ok(!weir.said().includes("defect of Weir"), weir.said());
  assert.deepEqual(
    weir.log().filter(({ msg }) => msg.startsWith("WR05")),
    [],
    "Envoy is sent nothing that it refuses",
  );
});

test("a file that no longer parses keeps what it said last, and the log and weir status tell where it is broken", async (t) => {
  const place = await freshPlace(t);
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  const objects = [...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")];
  await writeFile(file, yamlOf(objects));
  const weir = await startWeir(t, place, [file]);
  if (weir === undefined) return;
  const traffic = steadyTraffic(port, "web.test");
  t.after(() => traffic.stop());
  const lines = yamlOf(objects).split("\n").length;
  const broken = `${yamlOf(objects)}---\nkind: Service\nmetadata: name: x\n`;
  await writeFile(file, broken);
  const line = await weir.logged(({ msg }) => msg.startsWith("WR0101"), "that the file is malformed");
  assert.match(String(line.at), new RegExp(`^${file}:${lines + 2}:\\d+$`));

  const status = await runWeir(t, place, ["status", `--state-directory=${place.state}`]).ended;
  assert.ok(status.output.includes(`${file}:${lines + 2}:`), `${status.output}${status.errors}`);
  assert.match(status.output, /WR0101/);
  const before = traffic.answered();
  await eventually(() => traffic.answered() > before + 100, weir.said);
  assert.equal((await ask(port, "/", { host: "web.test" })).status, 200);

  await writeFile(file, yamlOf([...objects, route("more", "more.test", "first")]));
  await eventually(async () => (await ask(port, "/", { host: "more.test" })).status === 200, weir.said);
  assert.deepEqual(await weir.diagnostics(), []);
  await traffic.stop();
  assert.deepEqual(traffic.failures(), []);
});
