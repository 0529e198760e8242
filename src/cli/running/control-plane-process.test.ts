import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfiguration } from "../../config/load.ts";
import { StartInterrupted } from "../../control-plane/interruption.ts";
import { textLog } from "../../control-plane/log.ts";
import { startControlPlane } from "./control-plane-process.ts";

const service = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: ExternalName, externalName: example.org, ports: [{ port: 80 }] }
`;

test("a control plane answers at its health port for as long as it runs, and is ready once it serves", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "weir-process-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "web.yaml"), service);
  const { configuration } = await loadConfiguration({
    environment: { HOME: folder, WEIR_API_PORT: "0", WEIR_HEALTH_PORT: "0", WEIR_HEALTH_ADDRESS: "127.0.0.1" },
    workingDirectory: folder,
    flags: new Map([["sources-files", join(folder, "web.yaml")]]),
    development: false,
  });
  const lines: string[] = [];
  const process = await startControlPlane({
    configuration,
    log: textLog("info", (line) => lines.push(line)),
    now: () => new Date(),
    interrupted: new AbortController().signal,
    onCertificate: () => undefined,
  });
  // Closing it again does nothing.
  t.after(() => process.close());
  const [, port] = /^health checks and metrics are served port=(\d+)$/m.exec(lines.join("\n")) ?? [];
  const url = `http://127.0.0.1:${port}`;
  for (const path of ["/healthz", "/readyz"]) assert.equal(await (await fetch(url + path)).text(), "ok");
  const figures = await (await fetch(`${url}/metrics`)).text();
  assert.match(figures, /^weir_objects\{group="",kind="Service"\} 1$/m);
  assert.match(figures, /^weir_proxies_connected 0$/m);
  assert.equal((await fetch(`${process.api.url}/metrics`)).status, 401, "the API asks for a token as ever");
  await process.close();
  await assert.rejects(fetch(`${url}/healthz`), { name: "TypeError" });
});

test("a control plane that waits for an API server ends when it is asked to", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "weir-process-"));
  t.after(() => rm(folder, { recursive: true }));
  const kubeconfig = {
    clusters: [{ name: "away", cluster: { server: "http://127.0.0.1:1" } }],
    users: [{ name: "nobody", user: {} }],
    contexts: [{ name: "away", context: { cluster: "away", user: "nobody" } }],
    "current-context": "away",
  };
  await writeFile(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  const { configuration } = await loadConfiguration({
    environment: { HOME: folder, WEIR_API_PORT: "0", WEIR_KUBERNETES_KUBECONFIG: join(folder, "kubeconfig") },
    workingDirectory: folder,
    flags: new Map([["kubernetes-enabled", "true"]]),
    development: false,
  });
  const interruption = new AbortController();
  const waited = Promise.withResolvers<void>();
  const starting = startControlPlane({
    configuration,
    log: textLog("info", (line) => {
      if (line.includes("no certificates for the xDS port")) waited.resolve();
    }),
    now: () => new Date(),
    interrupted: interruption.signal,
    onCertificate: () => undefined,
  });
  await waited.promise;
  interruption.abort();
  await assert.rejects(starting, StartInterrupted);
});
