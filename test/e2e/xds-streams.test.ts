import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { request as tlsRequest } from "node:https";
import { connect, createServer, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { backend, gateway, listener, originOf, rule, streamRule } from "../../src/compile/testing/nodes.ts";
import type { Nodes } from "../../src/compile/testing/world.ts";
import { createAuthority, issueCertificate } from "../../src/identity/certificates.ts";
import type { Listener, ListenerTls, TlsCertificate } from "../../src/model/gateway.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { echoBackend, eventually, freePorts, liveProxy } from "./xds-live-proxy.ts";

const validity = { from: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) };
const passed: ListenerTls = { mode: "passthrough", certificates: [], minimumVersion: "1.2", alpn: [] };

function portOf(server: { address(): unknown }): number {
  const address = server.address();
  if (typeof address === "object" && address !== null && "port" in address) return Number(address.port);
  throw new Error("no port");
}

/** A server that greets every connection with its name. */
async function greeter(t: TestContext, name: string, tls?: { readonly cert: string; readonly key: string }) {
  const greet = (socket: Socket) => {
    socket.on("error", () => {});
    socket.end(name);
  };
  const server = tls === undefined ? createServer(greet) : createTlsServer(tls, greet);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return portOf(server);
}

async function udpEcho(t: TestContext, name: string) {
  const socket = createSocket("udp4", (_, from) => socket.send(name, from.port, from.address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return portOf(socket);
}

/** Everything the other side says until it ends; "" where the connection is closed without a word. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (data: Buffer) => (text += data.toString()));
  await new Promise<void>((resolve) => {
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
  });
  return text;
}

const tcp = (port: number) => readAll(connect({ host: "127.0.0.1", port }));
const tls = (port: number, servername: string, ca: string) =>
  readAll(connectTls({ host: "127.0.0.1", port, servername, ca }));

/** The status of a request over TLS. */
async function https(port: number, host: string, ca: string): Promise<number | undefined> {
  const outgoing = tlsRequest({ host: "127.0.0.1", port, servername: host, ca, agent: false, headers: { host } });
  outgoing.end();
  const [response] = await once(outgoing, "response");
  response.resume();
  return response.statusCode;
}

/** What answers a datagram from a socket of its own; undefined where nothing does in time. */
async function udp(port: number, patience = 2_000): Promise<string | undefined> {
  const socket = createSocket("udp4");
  const answer = new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), patience);
    socket.once("message", (message) => {
      clearTimeout(timer);
      resolve(message.toString());
    });
  });
  socket.send("hello", port, "127.0.0.1");
  const text = await answer;
  socket.close();
  return text;
}

async function served(t: TestContext, nodes: Nodes, endpoints: Readonly<Record<string, number>>) {
  const built = encodedWorld(nodes);
  const sets = Object.entries(endpoints).map(([key, port]) => ({
    key,
    endpoints: [{ address: "127.0.0.1", port, state: "serving" as const }],
  }));
  built.putEndpoints(...sets);
  const proxy = await liveProxy(t, built.encoded.planSource, "edge");
  return proxy === undefined ? undefined : { proxy, ...built };
}

const logged = {
  edge: {
    escapedSlashes: "keep",
    headersWithUnderscores: "allow",
    mergeSlashes: true,
    accessLog: { kind: "json", path: "/dev/stdout", fields: { rule: "%ROUTE_NAME%", sni: "%REQUESTED_SERVER_NAME%" } },
  },
} as const;

const section = (name: string, port: number, protocol: Listener["protocol"], more: Partial<Listener> = {}) =>
  listener(`shop/edge/${name}`, port, more.hostname ?? "*", { address: "127.0.0.1", protocol, ...more });

async function identities(...hosts: string[]) {
  const authority = await createAuthority("test", validity);
  const issued = await Promise.all(
    hosts.map(async (host): Promise<TlsCertificate> => {
      const { certificate, privateKey } = await issueCertificate(authority, [host], validity);
      const key = `shop/${host}`;
      return { key, certificateChain: certificate, privateKey, origin: originOf("Secret", key) };
    }),
  );
  const serverOf = (host: string) => {
    const found = issued.find(({ key }) => key === `shop/${host}`) ?? assert.fail();
    return { cert: found.certificateChain, key: found.privateKey.reveal() };
  };
  return { ca: authority.certificate, issued, serverOf };
}

describe("TLS routes on real Envoy", () => {
  it("passes by server name, ends TLS where asked, and shares the port with HTTPS", async (t) => {
    const [port = 0] = await freePorts(1);
    const { ca, issued, serverOf } = await identities(
      "a.example.com",
      "*.wild.example.com",
      "end.example.com",
      "web.example.com",
    );
    const terminate = (host: string): ListenerTls => ({ ...passed, mode: "terminate", certificates: [`shop/${host}`] });
    const echo = await echoBackend(t, "web");
    const on = (name: string, ...hosts: string[]) => [{ listener: `shop/edge/${name}`, hosts }];
    const live = await served(
      t,
      {
        gateways: [gateway("shop/edge", logged)],
        listeners: [
          section("passed", port, "tls", { hostname: "*.example.com", tls: passed }),
          section("narrow", port, "tls", { hostname: "narrow.example.com", tls: passed }),
          section("ended", port, "tls", { hostname: "end.example.com", tls: terminate("end.example.com") }),
          section("gone", port, "tls", { hostname: "gone.example.com", tls: terminate("missing") }),
          section("web", port, "https", {
            hostname: "web.example.com",
            tls: { ...terminate("web.example.com"), alpn: ["h2", "http/1.1"] },
          }),
        ],
        certificates: issued,
        streamRules: [
          streamRule({
            key: "tlsroute/shop/a/0",
            on: on("passed", "a.example.com"),
            to: { "service/shop/a/443~tcp": 1 },
          }),
          streamRule({
            key: "tlsroute/shop/wild/0",
            on: on("passed", "*.wild.example.com", "narrow.example.com"),
            to: { "service/shop/wild/443~tcp": 1 },
          }),
          streamRule({ key: "tlsroute/shop/nowhere/0", on: on("passed", "nowhere.example.com"), to: { close: 1 } }),
          streamRule({
            key: "tlsroute/shop/end/0",
            on: on("ended", "end.example.com"),
            to: { "service/shop/raw/80~tcp": 1 },
          }),
        ],
        rules: [rule("httproute/shop/w/0/0", on("web", "web.example.com"))],
        backends: ["a/443~tcp", "wild/443~tcp", "raw/80~tcp", "web/80"].map((key) => backend(`service/shop/${key}`)),
      },
      {
        "shop/a/443": await greeter(t, "a", serverOf("a.example.com")),
        "shop/wild/443": await greeter(t, "wild", serverOf("*.wild.example.com")),
        "shop/raw/80": await greeter(t, "raw"),
        "shop/web/80": echo.port,
      },
    );
    if (live === undefined) return;
    assert.equal(await tls(port, "a.example.com", ca), "a");
    assert.equal(await tls(port, "x.wild.example.com", ca), "wild");
    assert.equal(await tls(port, "end.example.com", ca), "raw");
    assert.equal(await https(port, "web.example.com", ca), 200);
    assert.equal(await tls(port, "nowhere.example.com", ca), "", "a route that leads nowhere");
    assert.equal(await tls(port, "other.example.com", ca), "", "a host of the listener without a route");
    assert.equal(await tls(port, "narrow.example.com", ca), "", "a less specific listener does not answer");
    assert.equal(await tls(port, "gone.example.com", ca), "", "a listener without its certificate");
    await eventually(
      async () =>
        (await live.proxy.accessLog()).some(
          (line) => line.rule === "tlsroute/shop/a/0" && line.sni === "a.example.com",
        ),
      () => "the connection is not logged with its rule",
    );
  });
});

describe("TCP and UDP routes on real Envoy", () => {
  it("splits connections by weight, closes the share that leads nowhere, and moves with an edit", async (t) => {
    const [port = 0, empty = 0] = await freePorts(2);
    const on = [{ listener: "shop/edge/raw", hosts: ["*"] }];
    const live = await served(
      t,
      {
        gateways: [gateway("shop/edge")],
        listeners: [section("raw", port, "tcp"), section("empty", empty, "tcp")],
        streamRules: [
          streamRule({
            key: "tcproute/shop/db/0",
            on,
            to: { "service/shop/a/1~tcp": 6, "service/shop/b/1~tcp": 3, "service/shop/c/1~tcp": 0, close: 1 },
          }),
          streamRule({
            key: "tcproute/shop/late/0",
            on,
            timestamp: "2026-03-01T00:00:00Z",
            to: { "service/shop/c/1~tcp": 1 },
          }),
        ],
        backends: ["a", "b", "c"].map((name) => backend(`service/shop/${name}/1~tcp`)),
      },
      {
        "shop/a/1": await greeter(t, "a"),
        "shop/b/1": await greeter(t, "b"),
        "shop/c/1": await greeter(t, "c"),
      },
    );
    if (live === undefined) return;
    const counts = new Map<string, number>();
    for (let index = 0; index < 300; index++) {
      const answer = await tcp(port);
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    const share = (name: string) => (counts.get(name) ?? 0) / 300;
    assert.ok(Math.abs(share("a") - 0.6) < 0.12 && Math.abs(share("b") - 0.3) < 0.12, JSON.stringify([...counts]));
    assert.ok(share("") > 0.02 && share("") < 0.22, "the share that leads nowhere is closed");
    assert.equal(share("c"), 0, "neither weight 0 nor a younger route gets anything");
    assert.equal(await tcp(empty), "", "a port without a route is open and closes what comes");
    live.world.remove("streamRules", "tcproute/shop/db/0");
    await live.proxy.settled();
    await eventually(
      async () => (await tcp(port)) === "c",
      () => "the next route does not take over",
    );
  });

  it("answers datagrams by weight, drops what leads nowhere, and leaves TCP on the same port alone", async (t) => {
    const [port = 0, closed = 0] = await freePorts(2);
    const on = (name: string) => [{ listener: `shop/edge/${name}`, hosts: ["*"] }];
    const live = await served(
      t,
      {
        gateways: [gateway("shop/edge", logged)],
        listeners: [section("dns", port, "udp"), section("raw", port, "tcp"), section("closed", closed, "udp")],
        streamRules: [
          streamRule({
            key: "udproute/shop/dns/0",
            on: on("dns"),
            to: {
              "service/shop/a/53~udp": 5,
              "service/shop/b/53~udp": 3,
              "service/shop/c/53~udp": 2,
              "service/shop/d/53~udp": 0,
            },
          }),
          streamRule({ key: "tcproute/shop/dns/0", on: on("raw"), to: { "service/shop/t/53~tcp": 1 } }),
          streamRule({ key: "udproute/shop/closed/0", on: on("closed"), to: { close: 1 } }),
        ],
        backends: [
          ...["a", "b", "c", "d"].map((name) => backend(`service/shop/${name}/53~udp`)),
          backend("service/shop/t/53~tcp"),
        ],
      },
      {
        "shop/a/53": await udpEcho(t, "a"),
        "shop/b/53": await udpEcho(t, "b"),
        "shop/c/53": await udpEcho(t, "c"),
        "shop/d/53": await udpEcho(t, "d"),
        "shop/t/53": await greeter(t, "tcp"),
      },
    );
    if (live === undefined) return;
    const counts = new Map<string | undefined, number>();
    for (let index = 0; index < 300; index++) {
      const answer = await udp(port);
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    const share = (name: string) => (counts.get(name) ?? 0) / 300;
    const near = (name: string, wanted: number) => Math.abs(share(name) - wanted) < 0.12;
    assert.ok(near("a", 0.5) && near("b", 0.3) && near("c", 0.2), JSON.stringify([...counts]));
    assert.deepEqual(
      new Set(counts.keys()),
      new Set(["a", "b", "c"]),
      "neither lost nor answered by one without weight",
    );
    assert.equal(await tcp(port), "tcp");
    assert.equal(await udp(closed, 300), undefined);
  });
});
