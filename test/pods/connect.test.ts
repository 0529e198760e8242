import assert from "node:assert/strict";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { podOf } from "../../src/identity/testing/proxy-pods.ts";
import { trustBundle, xdsCertificates, xdsServerNames } from "../../src/identity/xds-certificates.ts";
import { xdsTls } from "../../src/identity/xds-secret.ts";
import { TestPlans } from "../../src/serve/testing/test-plans.ts";
import { eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { ask, backend } from "../interop/envoy-peer.ts";
import { cluster, endpoints, listener, routeTable, virtualHost } from "../interop/envoy-resources.ts";
import { type RunningPod, startProxyPod } from "./proxy-pod.ts";
import { startXdsPort, type XdsPort } from "./xds-port.ts";

const gateway = { namespace: "shop", name: "edge" };

async function answer(port: number, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  }).on("error", reject);
  return promise;
}

function connected(xds: XdsPort, pod: RunningPod): Promise<void> {
  return eventually(
    async () => xds.server.proxies.list().some((proxy) => proxy.synced()) && (await pod.admin.ready()),
    () => `the proxy is not connected: ${xds.calls.length} calls\n${pod.log()}`,
  );
}

for (const variant of ["DELTA_GRPC", "GRPC"] as const) {
  describe(`the Envoy of a pod, over TLS with a token (${variant})`, () => {
    it("is served its Gateway's configuration, and follows a token, an authority and a server that change", async (t) => {
      const plans = new TestPlans();
      const [port = 0] = await freePorts(1);
      plans.replace("shop/edge", [
        cluster("a"),
        endpoints("a", await backend(t, "mine")),
        routeTable("t", [virtualHost("x.test", "a", "1")]),
        listener("l", port, "t"),
      ]);
      const xds = await startXdsPort(t, plans);
      const first = await xds.tokenFor("edge");
      const pod = await startProxyPod(t, {
        gateway,
        uid: "uid-edge",
        xdsPort: xds.port,
        trustedAuthorities: trustBundle(xds.certificates),
        token: first,
        variant,
      });
      if (pod === undefined) return;

      // Weir's watch is slower than the pod.
      await eventually(
        () => xds.calls.length > 0,
        () => `no call came\n${pod.log()}`,
      );
      assert.deepEqual(xds.server.proxies.list(), []);
      await assert.rejects(
        answer(pod.readyPort, "/ready"),
        { code: "ECONNREFUSED" },
        "it listens only once it is ready",
      );
      xds.pods.set("shop/edge-1", podOf("edge"));
      await connected(xds, pod);
      assert.equal(await ask(port, "x.test"), "200 1 mine");
      assert.ok(xds.calls.every((header) => header === `Bearer ${first}`));
      assert.equal(xds.server.proxies.list()[0]?.nodeId, "gateway/shop/edge/uid-edge");
      assert.equal((await pod.admin.serverInfo()).nodeId, "gateway/shop/edge/uid-edge");

      assert.equal((await answer(pod.readyPort, "/ready")).status, 200);
      assert.match((await answer(pod.metricsPort, "/metrics")).body, /envoy_server_live/);
      for (const path of ["/quitquitquit", "/config_dump", "/ready/../config_dump", "/stats/prometheus"]) {
        assert.equal((await answer(pod.readyPort, path)).status, 404, path);
        assert.equal((await answer(pod.metricsPort, path)).status, 404, path);
      }

      // A kubelet replaces the token; the next call carries the new one, also while the API server is away.
      xds.issuer.away = true;
      const second = await xds.tokenFor("edge");
      await pod.replaceToken(second);
      await eventually(
        async () => {
          await xds.restart();
          await connected(xds, pod);
          return xds.calls.at(-1) === `Bearer ${second}`;
        },
        () => `the new token was never used\n${pod.log()}`,
      );
      assert.equal(await ask(port, "x.test"), "200 1 mine");

      // The authority is replaced: the successor is announced, then it signs. Streams that are open go on.
      const next = await xdsCertificates(undefined, xdsServerNames("weir", "weir-system"), new Date());
      const both = { authorities: [...xds.certificates.authorities, ...next.authorities], server: next.server };
      await pod.replaceAuthorities(trustBundle(both));
      const { connection } = xds.server.proxies.list()[0] ?? {};
      xds.server.renewTls(xdsTls(both));
      plans.edit("shop/edge", [routeTable("t", [virtualHost("x.test", "a", "2")])]);
      await eventually(
        async () => (await ask(port, "x.test")) === "200 2 mine",
        () => "the stream did not go on",
      );
      assert.equal(xds.server.proxies.list()[0]?.connection, connection);
      await xds.restart(both);
      await connected(xds, pod);

      // A server that somebody else vouches for is not talked to.
      const before = xds.calls.length;
      await xds.restart(await xdsCertificates(undefined, xdsServerNames("weir", "weir-system"), new Date()));
      await eventually(
        async () =>
          ((await pod.admin.stats(/weir-control-plane.ssl.fail_verify_error/)).values().next().value ?? 0) > 0,
        () => "the strange certificate was not noticed",
      );
      assert.equal(xds.calls.length, before);
      assert.equal(await ask(port, "x.test"), "200 2 mine", "traffic goes on");
    });
  });
}
