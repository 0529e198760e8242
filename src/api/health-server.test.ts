import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { healthChecks, type Phase } from "../control-plane/health-checks.ts";
import { openHealthServer } from "./health-server.ts";
import { createMetrics } from "./metrics.ts";
import { ApiStartError } from "./server-options.ts";

const address = "127.0.0.1";

describe("the port for health and metrics", () => {
  test("tells a load balancer to wait at the start and to go at the end, and a kubelet that all is well", async (t) => {
    let phase: Phase = "starting";
    const server = await openHealthServer({
      address,
      port: 0,
      checks: healthChecks(() => phase),
      metrics: createMetrics(),
    });
    t.after(() => server.close());
    const ask = async (path: string) => {
      const answer = await fetch(`http://${address}:${server.port}${path}`);
      return `${answer.status} ${await answer.text()}`;
    };
    assert.equal(await ask("/readyz"), "503 [-]sources failed: the sources have not been read yet\n");
    assert.equal(await ask("/healthz"), "200 ok");
    phase = "serving";
    assert.equal(await ask("/readyz"), "200 ok");
    phase = "stopping";
    assert.equal(await ask("/readyz"), "503 [-]shutdown failed: Weir is stopping\n");
    assert.equal(await ask("/healthz"), "200 ok");
  });

  test("shows figures, and nothing of the API", async (t) => {
    const metrics = createMetrics();
    metrics.counter("things_total", "Things.").increment();
    const server = await openHealthServer({ address, port: 0, checks: [], metrics });
    t.after(() => server.close());
    const send = (path: string, method = "GET") => fetch(`http://${address}:${server.port}${path}`, { method });
    const answer = await send("/metrics");
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await answer.text(), /^things_total 1$/m);
    for (const path of ["/", "/api/v1/secrets", "/apis", "/weir/v1/proxies", "/openapi/v3", "/metrics/../version"]) {
      assert.equal((await send(path)).status, 404, path);
    }
    assert.equal((await send("/healthz", "POST")).status, 404);
  });

  test("says so where the port is taken", async (t) => {
    const options = { address, checks: [], metrics: createMetrics() };
    const server = await openHealthServer({ ...options, port: 0 });
    t.after(() => server.close());
    await assert.rejects(openHealthServer({ ...options, port: server.port }), (error) => {
      assert.ok(error instanceof ApiStartError);
      assert.match(
        error.message,
        /^the health port cannot listen on 127\.0\.0\.1:\d+: another program .*--health-port$/,
      );
      return true;
    });
  });

  test("is reached on every address where none is named", async (t) => {
    const server = await openHealthServer({
      address: undefined,
      port: 0,
      checks: [],
      metrics: createMetrics(),
    });
    t.after(() => server.close());
    assert.equal((await fetch(`http://${address}:${server.port}/healthz`)).status, 200);
  });
});
