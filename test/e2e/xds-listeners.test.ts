import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { request as tlsRequest } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import {
  backend,
  forwardTo,
  gateway,
  httpsListener,
  listener,
  originOf,
  pathIs,
  rule,
} from "../../src/compile/testing/nodes.ts";
import type { Nodes } from "../../src/compile/testing/world.ts";
import { createAuthority, issueCertificate } from "../../src/identity/certificates.ts";
import type { EdgeOptions, TlsCertificate } from "../../src/model/gateway.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { ask, echoBackend, eventually, freePorts, liveProxy } from "./xds-live-proxy.ts";

const validity = { from: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) };

async function served(t: TestContext, nodes: Nodes) {
  const echo = await echoBackend(t, "web");
  const built = encodedWorld({ backends: [backend("service/shop/web/80")], ...nodes });
  built.putEndpoints({
    key: "shop/web/80",
    endpoints: [{ address: "127.0.0.1", port: echo.port, state: "serving" }],
  });
  const proxy = await liveProxy(t, built.encoded.planSource, "edge");
  return proxy === undefined ? undefined : { proxy, ...built };
}

function edge(more: Partial<EdgeOptions>): EdgeOptions {
  return {
    escapedSlashes: "keep",
    headersWithUnderscores: "reject",
    mergeSlashes: true,
    accessLog: { kind: "json", path: "/dev/stdout", fields: {} },
    ...more,
  };
}

async function certificates(...hosts: string[]) {
  const authority = await createAuthority("test", validity);
  const issue = async (host: string): Promise<TlsCertificate> => {
    const { certificate, privateKey } = await issueCertificate(authority, [host], validity);
    return {
      key: `shop/${host}`,
      certificateChain: certificate,
      privateKey,
      origin: originOf("Secret", `shop/${host}`),
    };
  };
  return { authority, issued: await Promise.all(hosts.map(issue)), issue };
}

async function handshake(port: number, servername: string, ca: string, more = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", port, servername, ca, ...more });
  await once(socket, "secureConnect");
  return socket;
}

describe("TLS listeners on real Envoy", () => {
  it("shows each host its certificate, speaks what was agreed on, and renews without a listener update", async (t) => {
    const [port = 0] = await freePorts(1);
    const { authority, issued, issue } = await certificates("a.example.com", "*.wild.example.com");
    const section = (name: string) => `shop/edge/${name}`;
    const https = (name: string, host: string) =>
      httpsListener(section(name), port, host, [`shop/${host}`], { address: "127.0.0.1" });
    const live = await served(t, {
      gateways: [gateway("shop/edge")],
      listeners: [https("a", "a.example.com"), https("wild", "*.wild.example.com"), https("lost", "lost.example.com")],
      certificates: issued,
      rules: [
        rule("httproute/shop/a/0/0", [{ listener: section("a"), hosts: ["a.example.com"] }]),
        rule("httproute/shop/w/0/0", [{ listener: section("wild"), hosts: ["*.wild.example.com"] }]),
      ],
    });
    if (live === undefined) return;
    const subject = async (name: string) => {
      const socket = await handshake(port, name, authority.certificate, { ALPNProtocols: ["h2", "http/1.1"] });
      const { subjectaltname } = socket.getPeerCertificate();
      const { alpnProtocol } = socket;
      socket.destroy();
      return [subjectaltname, alpnProtocol];
    };
    assert.deepEqual(await subject("a.example.com"), ["DNS:a.example.com", "h2"]);
    assert.deepEqual(await subject("x.wild.example.com"), ["DNS:*.wild.example.com", "h2"]);
    await assert.rejects(subject("lost.example.com"), "a host without its certificate is not served");
    await assert.rejects(subject("unknown.example.com"));
    await assert.rejects(handshake(port, "a.example.com", authority.certificate, { maxVersion: "TLSv1.1" }));
    const misdirected = await askTls(port, "a.example.com", "x.wild.example.com", authority.certificate);
    assert.equal(misdirected, 421);
    assert.equal(await askTls(port, "a.example.com", "a.example.com", authority.certificate), 200);
    assert.equal(await askHttp2(port, "a.example.com", authority.certificate), 200);
    const listeners = async () => (await live.proxy.admin.stats(/lds/)).get("listener_manager.lds.update_success");
    const before = await listeners();
    const renewed = await issue("a.example.com");
    live.world.put({ certificates: [renewed] });
    await live.proxy.settled();
    const serial = async () => {
      const socket = await handshake(port, "a.example.com", authority.certificate);
      const certificate = socket.getPeerX509Certificate()?.toString();
      socket.destroy();
      return certificate;
    };
    await eventually(
      async () => (await serial())?.trim() === renewed.certificateChain.trim(),
      () => "the renewed certificate is not shown",
    );
    assert.equal(await listeners(), before);
  });
});

describe("hardened ports on real Envoy", () => {
  it("normalises paths, refuses smuggling and underscores, keeps the port in the host, and logs the rule", async (t) => {
    const [port = 0, slashes = 0] = await freePorts(2);
    const live = await served(t, {
      gateways: [
        gateway("shop/edge", { edge: edge({}) }),
        gateway("shop/slashes", { edge: edge({ escapedSlashes: "reject" }) }),
      ],
      listeners: [
        listener("shop/edge/http", port, "*", { address: "127.0.0.1" }),
        listener("shop/slashes/http", slashes, "*", { address: "127.0.0.1" }),
      ],
      rules: [
        rule("httproute/shop/web/0/0", [
          { listener: "shop/edge/http", hosts: ["a.example.com"] },
          { listener: "shop/slashes/http", hosts: ["a.example.com"] },
        ]),
      ],
    });
    if (live === undefined) return;
    assert.equal((await ask(port, "/a/../b//c?x=//")).seen?.url, "/b/c?x=//");
    assert.equal((await ask(port, "/a%2Fb")).seen?.url, "/a%2Fb");
    assert.equal((await ask(slashes, "/a%2Fb")).status, 400);
    assert.equal((await ask(port, "/", { headers: { x_a: "1" } })).status, 400);
    assert.equal((await ask(port, "/", { host: `a.example.com:${port}` })).seen?.headers.host, `a.example.com:${port}`);
    assert.equal((await ask(port, "/", { host: "A.Example.COM." })).status, 200);
    assert.equal((await ask(port, "/", { host: "b.example.com" })).status, 404);
    const steered = await ask(port, "/", {
      headers: { "x-envoy-upstream-rq-timeout-ms": "1", "x-envoy-retry-on": "5xx" },
    });
    assert.equal(steered.seen?.headers["x-envoy-retry-on"], undefined);
    assert.equal((await ask(port, "/")).headers.server, undefined);
    assert.match(await raw(port, "GET / HTTP/1.0\r\n\r\n"), /^HTTP\/1\.. 426/);
    const smuggled =
      "POST / HTTP/1.1\r\nhost: a.example.com\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert.match(await raw(port, smuggled), /^HTTP\/1\.1 400/);
    assert.match(await raw(port, "GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n"), /^HTTP\/1\.1 400/);
    await ask(port, "/logged?x", { headers: { "user-agent": "me" } });
    const record = async () => (await live.proxy.accessLog()).find(({ path }) => path === "/logged?x");
    await eventually(
      async () => (await record()) !== undefined,
      () => "the request is not in the access log",
    );
    const { rule: name, status, client, cluster, host, userAgent } = (await record()) ?? {};
    assert.deepEqual(
      { name, status, client, cluster, host, userAgent },
      {
        name: "httproute/shop/web/0/0",
        status: 200,
        client: "127.0.0.1",
        cluster: "service/shop/web/80",
        host: "a.example.com",
        userAgent: "me",
      },
    );
  });
});

describe("headers that steer Envoy", () => {
  const rules = {
    direct: { kind: "direct" },
    hops: { kind: "trusted-hops", hops: 1 },
    cidrs: { kind: "trusted-cidrs", cidrs: ["127.0.0.0/8"] },
  } as const;

  for (const [name, clientAddress] of Object.entries(rules)) {
    it(`do nothing, whoever sends them: ${name}`, async (t) => {
      const [port = 0] = await freePorts(1);
      const failing = await echoBackend(t, "failing", () => 503);
      const slow = createServer((_, response) => {
        setTimeout(() => response.end(), 50);
      }).listen(0, "127.0.0.1");
      await once(slow, "listening");
      t.after(() => slow.close());
      const { port: slowPort } = slow.address() as AddressInfo;
      const on = [{ listener: "shop/edge/http", hosts: ["a.example.com"] }];
      const to = (path: string) => ({
        match: pathIs("segment-prefix", `/${path}`),
        end: forwardTo(`service/shop/${path}/80`),
      });
      const live = await served(t, {
        gateways: [gateway("shop/edge", { clientAddress, edge: edge({}) })],
        listeners: [listener("shop/edge/http", port, "*", { address: "127.0.0.1" })],
        backends: ["web", "failing", "slow"].map((one) => backend(`service/shop/${one}/80`)),
        rules: [
          rule("httproute/shop/web/0/0", on),
          rule("httproute/shop/failing/0/0", on, to("failing")),
          rule("httproute/shop/slow/0/0", on, to("slow")),
        ],
      });
      if (live === undefined) return;
      live.putEndpoints(
        ...Object.entries({ failing: failing.port, slow: slowPort }).map(([one, number]) => ({
          key: `shop/${one}/80`,
          endpoints: [{ address: "127.0.0.1", port: number, state: "serving" as const }],
        })),
      );
      await live.proxy.settled();
      const headers = {
        "x-envoy-retry-on": "5xx",
        "x-envoy-max-retries": "3",
        "x-envoy-upstream-rq-timeout-ms": "1",
        "x-envoy-upstream-rq-per-try-timeout-ms": "1",
        "x-envoy-force-trace": "1",
        "x-envoy-ip-tags": "inside",
        "x-envoy-internal": "true",
        "x-envoy-external-address": "192.0.2.1",
        "x-envoy-decorator-operation": "another",
        "x-envoy-downstream-service-cluster": "another",
        "x-envoy-original-path": "/another",
        "user-agent": "steering",
      };
      assert.equal((await ask(port, "/slow", { headers })).status, 200, "timeouts");
      assert.equal((await ask(port, "/failing", { headers })).status, 503);
      assert.equal(failing.seen.length, 1, "retries");
      const { seen } = await ask(port, "/logged", { headers });
      const passed = Object.entries(headers).filter(
        ([header, value]) => header.startsWith("x-envoy") && seen?.headers[header] === value,
      );
      assert.deepEqual(passed, []);
      const paths = async () =>
        (await live.proxy.accessLog()).filter(({ userAgent }) => userAgent === "steering").map(({ path }) => path);
      await eventually(
        async () => (await paths()).length === 3,
        () => "not all requests are in the access log",
      );
      assert.deepEqual(new Set(await paths()), new Set(["/failing", "/logged", "/slow"]));
    });
  }
});

/** The start of the answer to bytes sent as they are. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(text, "latin1");
  const [data]: Buffer[] = await once(socket, "data");
  socket.destroy();
  return data?.toString("latin1") ?? "";
}

function askTls(port: number, servername: string, host: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = tlsRequest({ host: "127.0.0.1", port, servername, ca, agent: false, headers: { host } });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.end();
  });
}

async function askHttp2(port: number, host: string, ca: string): Promise<unknown> {
  const session = connectHttp2(`https://${host}:${port}`, { host: "127.0.0.1", port, servername: host, ca });
  const stream = session.request({ ":path": "/" });
  const [headers]: Record<string, unknown>[] = await once(stream, "response");
  session.destroy();
  return headers?.[":status"];
}
