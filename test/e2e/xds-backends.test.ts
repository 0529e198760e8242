import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { startDemoBackend } from "../../src/cli/demo/backend.ts";
import { callEcho } from "../../src/cli/demo/grpc-call.ts";
import { backend, gateway, listener, originOf, pathIs, rule } from "../../src/compile/testing/nodes.ts";
import { createAuthority, issueCertificate } from "../../src/identity/certificates.ts";
import type { Backend, Endpoint } from "../../src/model/backend.ts";
import type { Forward, Rule, RuleEnd } from "../../src/model/rule.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { webSocketHandshake } from "../support/websocket.ts";
import { ask, echoBackend, freePorts, liveProxy } from "./xds-live-proxy.ts";

const origin = originOf("HTTPRoute", "shop/web");
const section = "shop/edge/http";

function to(name: string, more: Partial<Forward> = {}): RuleEnd {
  const target = { kind: "backend", backend: `service/shop/${name}/80` } as const;
  return { kind: "forward", upgrades: [], backends: [{ weight: 1, target, steps: [], origin }], ...more };
}

interface Setup {
  /** By rule name, which is the path; they forward to the backend of the same name unless they say otherwise. */
  readonly rules: Readonly<Record<string, Partial<Omit<Rule, "key" | "attachments">>>>;
  readonly backends: Readonly<Record<string, Partial<Backend>>>;
  readonly endpoints: Readonly<Record<string, readonly Endpoint[]>>;
}

async function served(t: TestContext, setup: Setup) {
  const [port = 0] = await freePorts(1);
  const built = encodedWorld({
    gateways: [gateway("shop/edge")],
    listeners: [listener(section, port, "*", { address: "127.0.0.1" })],
    backends: Object.entries(setup.backends).map(([name, more]) => backend(`service/shop/${name}/80`, more)),
    rules: Object.entries(setup.rules).map(([name, more]) =>
      rule(`httproute/shop/${name}/0/0`, [{ listener: section, hosts: ["*"] }], {
        match: pathIs("segment-prefix", `/${name}`),
        end: to(name),
        ...more,
      }),
    ),
  });
  const putEndpoints = (sets: Setup["endpoints"]) =>
    built.putEndpoints(...Object.entries(sets).map(([name, endpoints]) => ({ key: `shop/${name}/80`, endpoints })));
  putEndpoints(setup.endpoints);
  const proxy = await liveProxy(t, built.encoded.planSource, "edge");
  return proxy === undefined ? undefined : { proxy, port, putEndpoints };
}

function at(port: number, state: Endpoint["state"] = "serving"): Endpoint {
  return { address: "127.0.0.1", port, state };
}

describe("endpoints on real Envoy", () => {
  it("prefers serving ones, uses draining ones when nobody else is left, and answers 503 without any", async (t) => {
    const [stays, leaves] = [await echoBackend(t, "stays"), await echoBackend(t, "leaves")];
    const live = await served(t, {
      rules: { web: {} },
      backends: { web: {} },
      endpoints: { web: [at(stays.port), at(leaves.port, "draining")] },
    });
    if (live === undefined) return;
    for (let index = 0; index < 20; index++) assert.equal((await ask(live.port, "/web")).seen?.backend, "stays");
    live.putEndpoints({ web: [at(leaves.port, "draining")] });
    await live.proxy.settled();
    for (let index = 0; index < 20; index++) assert.equal((await ask(live.port, "/web")).seen?.backend, "leaves");
    live.putEndpoints({ web: [] });
    await live.proxy.settled();
    assert.equal((await ask(live.port, "/web")).status, 503);
    live.putEndpoints({ web: [at(stays.port)] });
    await live.proxy.settled();
    assert.equal((await ask(live.port, "/web")).seen?.backend, "stays");
  });

  it("keeps a client on its endpoint by cookie and by header", async (t) => {
    const echoes = [await echoBackend(t, "a"), await echoBackend(t, "b"), await echoBackend(t, "c")];
    const all = echoes.map(({ port }) => at(port));
    const live = await served(t, {
      rules: {
        cookie: { end: to("web"), affinity: { kind: "cookie", name: "sticky", ttlSeconds: 60 } },
        header: { end: to("web"), affinity: { kind: "header", name: "x-sticky" } },
        free: { end: to("web") },
      },
      backends: { web: {} },
      endpoints: { web: all },
    });
    if (live === undefined) return;
    const first = await ask(live.port, "/cookie");
    const [cookie = ""] = first.headers["set-cookie"] ?? [];
    assert.match(cookie, /^sticky=.*Max-Age=60.*Path=\/.*HttpOnly/);
    for (let index = 0; index < 20; index++) {
      const again = await ask(live.port, "/cookie", { headers: { cookie: cookie.split(";")[0] ?? "" } });
      assert.equal(again.seen?.backend, first.seen?.backend);
    }
    const marked = await ask(live.port, "/header");
    const value = marked.headers["x-sticky"];
    assert.ok(typeof value === "string");
    for (let index = 0; index < 20; index++) {
      const again = await ask(live.port, "/header", { headers: { "x-sticky": value } });
      assert.equal(again.seen?.backend, marked.seen?.backend);
    }
    const free = new Set<string | undefined>();
    for (let index = 0; index < 40; index++) free.add((await ask(live.port, "/free")).seen?.backend);
    assert.equal(free.size, 3);
    assert.equal((await ask(live.port, "/free")).headers["set-cookie"], undefined);
  });
});

describe("limits and retries on real Envoy", () => {
  it("has no time limit of its own and keeps those that are set; retries what it was told to", async (t) => {
    let failures = 0;
    const flaky = await echoBackend(t, "flaky", () => (failures++ % 3 < 2 ? 503 : 200));
    const slow = await echoBackend(t, "slow");
    const [dead = 0] = await freePorts(1);
    const hanging = createHanging(t);
    const live = await served(t, {
      rules: {
        flaky: { retry: { attempts: 2, backoffMs: 1, statusCodes: [503], onConnectFailure: false, onReset: false } },
        once: { end: to("flaky") },
        connect: {
          end: to("half"),
          retry: { attempts: 3, backoffMs: 1, statusCodes: [], onConnectFailure: true, onReset: false },
        },
        hanging: { timeouts: { requestMs: 100 } },
        try: { end: to("hanging"), timeouts: { backendRequestMs: 100 } },
        tries: {
          end: to("hanging"),
          timeouts: { backendRequestMs: 50 },
          retry: { attempts: 1, backoffMs: 1, statusCodes: [], onConnectFailure: false, onReset: true },
        },
      },
      backends: { flaky: {}, half: {}, hanging: {} },
      endpoints: { flaky: [at(flaky.port)], half: [at(dead), at(slow.port)], hanging: [at(await hanging)] },
    });
    if (live === undefined) return;
    failures = 0;
    assert.equal((await ask(live.port, "/flaky")).status, 200);
    assert.equal(failures, 3);
    failures = 0;
    assert.equal((await ask(live.port, "/once")).status, 503);
    assert.equal(failures, 1);
    for (let index = 0; index < 20; index++) assert.equal((await ask(live.port, "/connect")).status, 200);
    assert.equal((await ask(live.port, "/hanging")).status, 504);
    assert.equal((await ask(live.port, "/try")).status, 504);
    assert.equal((await ask(live.port, "/tries")).status, 504);
  });
});

/** Takes requests and never answers. */
async function createHanging(t: TestContext): Promise<number> {
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return portOf(server.address());
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

describe("protocols of backends on real Envoy", () => {
  it("speaks HTTP/2 without TLS, gRPC with trailers, and WebSocket where the rule allows it", async (t) => {
    const demo = await startDemoBackend({ address: "127.0.0.1", port: 0, name: "demo", version: "1" });
    t.after(() => demo.close());
    const live = await served(t, {
      rules: {
        "weir.demo.v1.Demo": { end: to("h2") },
        h2: {},
        ws: { end: to("h1", { upgrades: ["websocket"] }) },
        plain: { end: to("h1") },
      },
      backends: { h1: {}, h2: { protocol: "h2c" } },
      endpoints: { h1: [at(demo.port)], h2: [at(demo.port)] },
    });
    if (live === undefined) return;
    assert.equal((await ask(live.port, "/h2")).status, 200);
    const call = { message: "hello", headers: {}, timeoutMs: 5_000 };
    const called = await callEcho({ ...call, origin: `http://127.0.0.1:${live.port}` });
    assert.equal(called.code, 0);
    assert.match(called.message, /hello/);
    assert.equal(await upgradeStatus(live.port, "/ws"), 101);
    assert.equal(await upgradeStatus(live.port, "/plain"), 403);
  });

  it("verifies the certificate of a TLS backend by its name and its authority", async (t) => {
    const validity = { from: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) };
    const [ca, otherCa] = [await createAuthority("ca", validity), await createAuthority("other", validity)];
    const issued = await issueCertificate(ca, ["web.internal"], validity);
    const server = createTlsServer(
      { cert: issued.certificate, key: issued.privateKey.reveal() },
      (incoming, response) =>
        response.writeHead(200, { "x-sni": String(Reflect.get(incoming.socket, "servername")) }).end(),
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const tls = (serverName: string, certificates: string): Partial<Backend> => ({
      protocol: "tls-http1",
      tls: { serverName, trust: { kind: "pem", certificates }, subjectAltNames: [] },
    });
    const endpoint = [at(portOf(server.address()))];
    const live = await served(t, {
      rules: { good: {}, auto: {}, name: {}, authority: {} },
      backends: {
        good: tls("web.internal", ca.certificate),
        auto: { ...tls("web.internal", ca.certificate), protocol: "tls-h2" },
        name: tls("other.internal", ca.certificate),
        authority: tls("web.internal", otherCa.certificate),
      },
      endpoints: { good: endpoint, auto: endpoint, name: endpoint, authority: endpoint },
    });
    if (live === undefined) return;
    const good = await ask(live.port, "/good");
    assert.equal(good.status, 200);
    assert.equal(good.headers["x-sni"], "web.internal");
    assert.equal((await ask(live.port, "/auto")).status, 200);
    assert.equal((await ask(live.port, "/name")).status, 503);
    assert.equal((await ask(live.port, "/authority")).status, 503);
  });

  it("resolves names, and sends the host's own name where the rule asks for it", async (t) => {
    const echo = await echoBackend(t, "named");
    const live = await served(t, {
      rules: { named: { end: to("named", { hostRewrite: { kind: "backend-host" } }) } },
      backends: { named: { location: { kind: "dns", host: "localhost", port: echo.port } } },
      endpoints: {},
    });
    if (live === undefined) return;
    const answer = await ask(live.port, "/named");
    assert.equal(answer.seen?.backend, "named");
    assert.equal(answer.seen?.headers.host, "localhost");
  });
});

async function upgradeStatus(port: number, path: string): Promise<number> {
  const { status, socket } = await webSocketHandshake({ address: "127.0.0.1", port, path });
  socket?.destroy();
  return status;
}
