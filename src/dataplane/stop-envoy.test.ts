import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { JsonObject } from "../model/source-object.ts";
import { adminClient } from "./admin.ts";
import { envoyArguments, signalProcess, spawnEnvoy } from "./envoy-process.ts";
import { processIdentity } from "./process-identity.ts";
import { stopEnvoy } from "./stop-envoy.ts";
import { realEnvoy } from "./testing/real-envoy.ts";

function proxyTo(backendPort: number, adminPath: string): JsonObject {
  const type = (name: string): JsonObject => ({ "@type": `type.googleapis.com/envoy.extensions.filters.${name}` });
  const endpoint = { address: { socket_address: { address: "127.0.0.1", port_value: backendPort } } };
  return {
    admin: { address: { pipe: { path: adminPath } } },
    static_resources: {
      clusters: [
        {
          name: "backend",
          type: "STATIC",
          load_assignment: { cluster_name: "backend", endpoints: [{ lb_endpoints: [{ endpoint }] }] },
        },
      ],
      listeners: [
        {
          name: "front",
          address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
          filter_chains: [
            {
              filters: [
                {
                  name: "envoy.filters.network.http_connection_manager",
                  typed_config: {
                    ...type("network.http_connection_manager.v3.HttpConnectionManager"),
                    stat_prefix: "front",
                    http_filters: [{ name: "envoy.filters.http.router", typed_config: type("http.router.v3.Router") }],
                    route_config: {
                      virtual_hosts: [
                        {
                          name: "all",
                          domains: ["*"],
                          routes: [{ match: { prefix: "/" }, route: { cluster: "backend" } }],
                        },
                      ],
                    },
                  },
                },
              ],
            },
          ],
        },
      ],
    },
  };
}

/** A running Envoy before a backend whose answers the test gives, and one request under way. */
async function requestUnderWay(t: TestContext) {
  const envoy = await realEnvoy(t);
  if (envoy === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "weir-stop-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const backend = createServer().listen(0, "127.0.0.1");
  await once(backend, "listening");
  t.after(() => backend.closeAllConnections());
  t.after(() => backend.close());
  const backendAddress = backend.address();
  assert.ok(typeof backendAddress === "object" && backendAddress !== null);
  const admin = adminClient({ kind: "unix", path: join(folder, "admin.sock") });
  const configurationFile = join(folder, "bootstrap.json");
  await writeFile(configurationFile, JSON.stringify(proxyTo(backendAddress.port, join(folder, "admin.sock"))));
  const running = await spawnEnvoy({
    binary: envoy.path,
    arguments: envoyArguments({ configurationFile, logLevel: "error", concurrency: 1, drainSeconds: 5 }),
    logFile: join(folder, "envoy.log"),
    outputFile: join(folder, "output.log"),
    lifetime: "with-weir",
  });
  t.after(() => signalProcess(running.pid, "SIGKILL"));
  while (!(await admin.ready())) await new Promise((resolve) => setImmediate(resolve));
  const port = /"port_value":\s*(\d+)/.exec(await admin.call("GET", "/listeners?format=json"))?.[1];
  const arrived = once(backend, "request");
  const request = get({ host: "127.0.0.1", port: Number(port), path: "/", agent: false });
  const answered = once(request, "response");
  // Nobody waits for the answer in the test in which none comes.
  answered.catch(() => undefined);
  const [, reply]: [IncomingMessage, ServerResponse] = await arrived.then(([asked, given]) => [asked, given]);
  return { admin, running, reply, answered };
}

describe("stopEnvoy", () => {
  test("lets a request that is under way finish, and ends when it has", async (t) => {
    const rig = await requestUnderWay(t);
    if (rig === undefined) return;
    let stopped = false;
    const stopping = stopEnvoy(rig.running, rig.admin, 30_000).then(() => {
      stopped = true;
    });
    while ((await rig.admin.serverInfo()).state !== "DRAINING") await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stopped, false);
    rig.reply.end("done");
    const [response] = await rig.answered;
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers.connection, "close", "the client is asked to leave");
    await stopping;
    assert.equal(await processIdentity(rig.running.pid), undefined);
  });

  test("does not wait longer than it may", async (t) => {
    const rig = await requestUnderWay(t);
    if (rig === undefined) return;
    await stopEnvoy(rig.running, rig.admin, 100);
    assert.equal(await processIdentity(rig.running.pid), undefined);
    await assert.rejects(rig.answered);
  });

  test("ends an Envoy that does not answer", async (t) => {
    const rig = await requestUnderWay(t);
    if (rig === undefined) return;
    signalProcess(rig.running.pid, "SIGSTOP");
    const silent = adminClient({ kind: "unix", path: "/nonexistent/admin.sock" });
    await stopEnvoy(rig.running, silent, 30_000, 50);
    assert.equal(await processIdentity(rig.running.pid), undefined);
  });
});
