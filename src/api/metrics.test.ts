import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textAt } from "../model/json.ts";
import { createMetrics } from "./metrics.ts";
import { withApi } from "./testing/api-fixture.ts";

describe("metrics", () => {
  it("are written in the Prometheus text format", () => {
    const metrics = createMetrics();
    const requests = metrics.counter("requests_total", "All requests.\nEven bad ones.");
    requests.increment({ code: "200" });
    requests.increment({ code: "200" }, 2);
    requests.increment({ path: 'a"b\\c\nd', code: "500" });
    const connected = metrics.gauge("connected", "Connected proxies.");
    connected.set(3);
    connected.set(1, { node: "a" });
    connected.remove({ node: "a" });
    metrics.gaugeFrom("objects", "Objects by kind.", () => [[4, { kind: "Ingress" }]]);
    const durations = metrics.histogram("seconds", "Durations.", [0.1, 1]);
    for (const value of [0.1, 0.5, 7]) durations.observe(value, { step: "compile" });
    assert.equal(
      metrics.render(),
      `# HELP requests_total All requests.\\nEven bad ones.
# TYPE requests_total counter
requests_total{code="200"} 3
requests_total{code="500",path="a\\"b\\\\c\\nd"} 1
# HELP connected Connected proxies.
# TYPE connected gauge
connected 3
# HELP objects Objects by kind.
# TYPE objects gauge
objects{kind="Ingress"} 4
# HELP seconds Durations.
# TYPE seconds histogram
seconds_bucket{le="0.1",step="compile"} 1
seconds_bucket{le="1",step="compile"} 2
seconds_bucket{le="+Inf",step="compile"} 3
seconds_sum{step="compile"} 7.6
seconds_count{step="compile"} 3
`,
    );
    assert.throws(() => metrics.counter("connected", "again"), /registered twice/);
  });

  it("count requests by route, so that names make no series", () => {
    const metrics = createMetrics();
    return withApi({ metrics }, async ({ send }) => {
      for (const name of ["a", "b"]) await send("GET", `/api/v1/namespaces/default/services/${name}`);
      const { body, headers } = await send("GET", "/metrics");
      assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
      assert.match(
        textAt(body, "text") ?? "",
        /^weir_api_requests_total\{code="404",method="GET",route="\/api\/:version\/\*"\} 2$/m,
      );
      assert.match(textAt(body, "text") ?? "", /^weir_api_request_duration_seconds_count\{method="GET"\} 2$/m);
    });
  });
});

describe("health", () => {
  it("tells what is not well, and to load balancers whether to send anything", () => {
    let ready = false;
    const healthChecks = [
      { name: "loop", isForReadinessOnly: false, check: () => ({ ok: true }) as const },
      {
        name: "sources",
        isForReadinessOnly: true,
        check: () => (ready ? ({ ok: true } as const) : ({ ok: false, problem: "not read yet" } as const)),
      },
    ];
    return withApi({ healthChecks }, async ({ send }) => {
      assert.deepEqual((await send("GET", "/healthz")).body, { text: "ok" });
      const notReady = await send("GET", "/readyz");
      assert.deepEqual([notReady.code, notReady.body.text], [503, "[-]sources failed: not read yet\n"]);
      ready = true;
      assert.equal((await send("GET", "/readyz")).code, 200);
    });
  });
});
