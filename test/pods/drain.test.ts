import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { backend, gateway, listener, originOf, pathIs, rule } from "../../src/compile/testing/nodes.ts";
import { followLeavingPods } from "../../src/dataplane/leaving-pods.ts";
import { type ProxyPod, podKey } from "../../src/identity/proxy-pod.ts";
import { podOf } from "../../src/identity/testing/proxy-pods.ts";
import { trustBundle } from "../../src/identity/xds-certificates.ts";
import { Graph } from "../../src/incremental/graph.ts";
import type { RuleEnd } from "../../src/model/rule.ts";
import { systemClock } from "../../src/serve/clock.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { ask, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { http1Load, http2Load, openEchoSocket } from "./drain-load.ts";
import { type RunningPod, startProxyPod } from "./proxy-pod.ts";
import { startXdsPort } from "./xds-port.ts";

const timings = { spreadSeconds: 1, drainSeconds: 4 };

/** Answers requests, and echoes on connections that are upgraded. */
async function webBackend(t: TestContext): Promise<number> {
  const server = createServer((_incoming, response) => response.end("ok"));
  server.on("upgrade", (_incoming, socket) => {
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

describe("the Envoy of a pod that is deleted", () => {
  it("hands its clients over without a failed request, and lets open WebSockets talk on", async (t) => {
    const [portA = 0, portB = 0] = await freePorts(2);
    const web = await webBackend(t);
    const origin = originOf("HTTPRoute", "shop/web");
    const target = { kind: "backend", backend: "service/shop/web/80" } as const;
    const forward = (upgrades: readonly "websocket"[]): RuleEnd => ({
      kind: "forward",
      upgrades: [...upgrades],
      backends: [{ weight: 1, target, steps: [], origin }],
    });
    // Two proxies of one Gateway would want one port; on one machine they are of two.
    const sections = ["shop/a/http", "shop/b/http"];
    const attachments = sections.map((section) => ({ listener: section, hosts: ["*"] }));
    const built = encodedWorld({
      gateways: [gateway("shop/a", { proxyClass: "shop/a" }), gateway("shop/b", { proxyClass: "shop/b" })],
      listeners: [
        listener("shop/a/http", portA, "*", { proxyClass: "shop/a", address: "127.0.0.1" }),
        listener("shop/b/http", portB, "*", { proxyClass: "shop/b", address: "127.0.0.1" }),
      ],
      backends: [backend("service/shop/web/80", {})],
      rules: [
        rule("httproute/shop/web/0/0", attachments, { match: pathIs("segment-prefix", "/web"), end: forward([]) }),
        rule("httproute/shop/web/1/0", attachments, {
          match: pathIs("segment-prefix", "/ws"),
          end: forward(["websocket"]),
        }),
      ],
    });
    built.putEndpoints({ key: "shop/web/80", endpoints: [{ address: "127.0.0.1", port: web, state: "serving" }] });
    const xds = await startXdsPort(t, built.encoded.planSource);
    const start = async (name: string): Promise<RunningPod | undefined> => {
      xds.pods.set(`shop/${name}-1`, podOf(name));
      return startProxyPod(t, {
        gateway: { namespace: "shop", name },
        uid: `uid-${name}`,
        xdsPort: xds.port,
        trustedAuthorities: trustBundle(xds.certificates),
        token: await xds.tokenFor(name),
        timings,
      });
    };
    const [podA, podB] = [await start("a"), await start("b")];
    if (podA === undefined || podB === undefined) return;
    await eventually(
      async () => (await podA.admin.ready()) && (await podB.admin.ready()) && xds.server.proxies.list().length === 2,
      () => podA.log() + podB.log(),
    );
    for (const port of [portA, portB]) {
      await eventually(
        () =>
          ask(port, "/web").then(
            ({ status }) => status === 200,
            () => false,
          ),
        () => "no configuration",
      );
    }

    const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
    const pods = graph.input<ProxyPod>("pods");
    const put = (pod: ProxyPod) => graph.transaction(() => pods.set(podKey(pod), pod));
    put(podOf("a"));
    const stop = followLeavingPods({
      pods,
      serviceAccountOf: ({ name }) => `weir-${name}`,
      server: xds.server,
      spreadSeconds: timings.spreadSeconds,
      clock: systemClock,
    });
    t.after(stop);

    let service = portA;
    const loads = [http1Load(() => service), http1Load(() => service), http2Load(() => service)];
    const [patient, stubborn] = [await openEchoSocket(portA), await openEchoSocket(portA)];
    await patient.echo("before");
    await eventually(
      () => loads.every(({ answered }) => answered > 20),
      () => loads.flatMap(({ failures }) => failures).join(),
    );

    // The pod is deleted: its endpoint goes, which leads new connections elsewhere, and Weir sees it.
    const closed = once(stubborn.socket, "close");
    put(podOf("a", { deletedAt: Date.now() }));
    service = portB;
    const connections = async () => {
      const stats = await podA.admin.stats(/^http\..*downstream_cx_active$/);
      return [...stats].filter(([name]) => !/admin|weir-/.test(name)).reduce((sum, [, value]) => sum + value, 0);
    };
    await eventually(
      async () => (await connections()) === 2,
      () => "clients stay on the proxy that leaves",
    );
    assert.ok(!(await podA.admin.call("GET", "/listeners")).includes(String(portA)), "the listener is gone");
    await assert.rejects(ask(portA, "/web"), "new connections are not accepted");
    await patient.echo("while draining");
    patient.socket.end();
    const next = await openEchoSocket(service);
    await next.echo("afterwards");
    next.socket.destroy();
    const answered = loads.map((load) => load.answered);
    await eventually(
      () => loads.every((load, index) => load.answered > (answered[index] ?? 0) + 20),
      () => loads.flatMap(({ failures }) => failures).join(),
    );
    await closed;
    assert.equal(await connections(), 0, "what is left in the end is cut");
    await Promise.all(loads.map((load) => load.stop()));
    assert.deepEqual(
      loads.flatMap(({ failures }) => failures),
      [],
    );

    // Until the pod is gone it stays connected, and it is not let in again afterwards.
    const nodes = () => xds.server.proxies.list().map(({ nodeId }) => nodeId);
    assert.ok(nodes().includes("gateway/shop/a/uid-a"));
    xds.pods.delete("shop/a-1");
    graph.transaction(() => pods.delete(podKey(podOf("a"))));
    await eventually(
      () => !nodes().includes("gateway/shop/a/uid-a"),
      () => "the streams of a pod that is gone stay open",
    );
    assert.ok(nodes().includes("gateway/shop/b/uid-b"));
  });
});
