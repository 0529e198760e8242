import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
} from "../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { typeUrls } from "../xds/resource.ts";
import { type Authenticator, localAuthenticator } from "./authentication.ts";
import { connectTo, deltaPath, statePath, TestCall } from "./testing/http2-client.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { testAuthority } from "./testing/test-authority.ts";
import { TestPlans, whole } from "./testing/test-plans.ts";
import { createXdsServer, type XdsServer } from "./xds-server.ts";

const node = { id: "n1", cluster: "default/web" };

function request(init: Omit<MessageInitShape<typeof DeltaDiscoveryRequestSchema>, "$typeName">): Uint8Array {
  return toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { node, ...init }));
}

async function nextResponse(call: TestCall) {
  return fromBinary(DeltaDiscoveryResponseSchema, await call.next());
}

/** Resolves when everything that was written before has been read by the server. */
function roundTrip(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.ping((error) => (error === null ? resolve() : reject(error)));
  });
}

describe("the server on a Unix socket", () => {
  let directory = "";
  let path = "";
  let plans: TestPlans;
  let clock: ManualClock;
  let server: XdsServer;
  let session: ClientHttp2Session;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "weir-serve-"));
  });
  after(() => rm(directory, { recursive: true }));
  beforeEach(async () => {
    plans = new TestPlans();
    clock = new ManualClock();
    path = join(directory, "xds.sock");
    server = createXdsServer({
      plans,
      listen: { kind: "unix", path },
      authenticator: localAuthenticator,
      clock,
      limits: { maxRequestBytes: 2_000, maxNames: 20 },
    });
    await server.start();
    session = connectTo(path);
    await once(session, "connect");
  });
  afterEach(async () => {
    session.destroy();
    await server.close();
  });

  it("ends calls that break the rules of gRPC with the status the rules give", async () => {
    const raw = (bytes: number[]) => {
      const call = new TestCall(session, deltaPath);
      call.stream.write(Buffer.from(bytes));
      return call.status;
    };
    assert.match(await raw([1, 0, 0, 0, 1, 0]), /^12 compressed/);
    assert.match(await raw([0, 0, 1, 0, 0]), /^8 message of 65536 bytes/);
    assert.match(await raw([0, 0, 0, 0, 2, 0xff, 0xff]), /^3 /);
    const cut = new TestCall(session, deltaPath);
    cut.stream.end(Buffer.from([0, 0, 0, 0, 9, 1]));
    assert.match(await cut.status, /^13 /);
    const done = new TestCall(session, deltaPath);
    done.stream.end();
    assert.equal(await done.status, "0");
  });

  it("answers what is not gRPC with an HTTP status", async () => {
    const status = async (headers: Record<string, string>) => {
      const stream = session.request({ ":path": deltaPath, ...headers });
      const [response]: { ":status"?: number }[] = await once(stream, "response");
      stream.close();
      return response?.[":status"];
    };
    assert.equal(await status({ ":method": "POST", "content-type": "application/json" }), 415);
    assert.equal(await status({ ":method": "GET" }), 405);
  });

  it("bounds what a client may ask for", async () => {
    const many = new TestCall(session, deltaPath);
    const names = Array.from({ length: 15 }, (_, index) => `n${index}`);
    many.send(request({ typeUrl: typeUrls.endpoint, resourceNamesSubscribe: names }));
    many.send(request({ typeUrl: typeUrls.endpoint, resourceNamesSubscribe: names.map((name) => `${name}b`) }));
    assert.match(await many.status, /^8 /);
    const once21 = new TestCall(session, deltaPath);
    once21.send(request({ typeUrl: typeUrls.endpoint, resourceNamesSubscribe: [...names, ...names] }));
    assert.match(await once21.status, /^8 /);
  });

  it("refuses a local client that does not say what it runs", async () => {
    const call = new TestCall(session, deltaPath);
    call.send(request({ node: { id: "n1" }, typeUrl: typeUrls.cluster }));
    assert.match(await call.status, /^7 /);
    assert.deepEqual(server.proxies.list(), []);
  });

  it("forgets a proxy when its connection goes, and counts the next one anew", async () => {
    plans.replace(node.cluster, [whole("cluster", "a", { content: "1" })]);
    const call = new TestCall(session, deltaPath);
    call.send(request({ typeUrl: typeUrls.cluster }));
    await nextResponse(call);
    assert.deepEqual(
      server.proxies.list().map(({ connection, nodeId, proxyClass, peer, variant }) => ({
        connection,
        nodeId,
        proxyClass,
        peer,
        variant,
      })),
      [{ connection: 1, nodeId: "n1", proxyClass: "default/web", peer: "local socket", variant: "delta" }],
    );
    const gone = new Promise<void>((resolve) => server.proxies.subscribe({ disconnected: () => resolve() }));
    session.destroy();
    await gone;
    assert.deepEqual(server.proxies.list(), []);
    session = connectTo(path);
    const again = new TestCall(session, statePath);
    again.send(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { node, typeUrl: typeUrls.cluster })));
    await again.next();
    assert.deepEqual(
      server.proxies.list().map(({ connection, variant }) => [connection, variant]),
      [[2, "state-of-the-world"]],
    );
  });

  it("frames one changed endpoint once for all streams, and tells nobody who did not ask", async () => {
    plans.replace(node.cluster, [whole("endpoint", "a", { content: "1" }), whole("endpoint", "b", { content: "1" })]);
    const others = connectTo(path);
    const calls = Array.from({ length: 30 }, () => new TestCall(session, deltaPath));
    const elsewhere = new TestCall(others, deltaPath);
    for (const call of calls) call.send(request({ typeUrl: typeUrls.endpoint, resourceNamesSubscribe: ["a"] }));
    elsewhere.send(request({ typeUrl: typeUrls.endpoint, resourceNamesSubscribe: ["b"] }));
    for (const call of [...calls, elsewhere]) {
      const { nonce } = await nextResponse(call);
      call.send(request({ typeUrl: typeUrls.endpoint, responseNonce: nonce }));
    }
    await roundTrip(session);
    await roundTrip(others);
    const before = server.framedResources();
    plans.edit(node.cluster, [whole("endpoint", "a", { content: "2" })]);
    assert.equal(server.framedResources(), before + 1);
    for (const call of calls) assert.equal((await nextResponse(call)).resources.length, 1);
    await roundTrip(others);
    assert.equal(elsewhere.unread, 0);
    others.destroy();
  });

  it("writes no more to a client that does not read than one response of each type, and then the latest", async () => {
    const large = (content: string) => whole("endpoint", "a", { content: content.padEnd(4_000_000, ".") });
    plans.replace(node.cluster, [large("1")]);
    const call = new TestCall(session, deltaPath);
    call.stream.pause();
    call.send(request({ typeUrl: typeUrls.endpoint, resourceNamesSubscribe: ["a"] }));
    call.send(request({ typeUrl: typeUrls.cluster }));
    await roundTrip(session);
    const sent = server.proxies.bytesSent;
    assert.ok(sent < 4_100_000);
    for (let version = 2; version < 20; version++) {
      plans.edit(node.cluster, [large(String(version)), whole("cluster", "c", { content: String(version) })]);
    }
    await roundTrip(session);
    assert.equal(server.proxies.bytesSent, sent);
    call.stream.resume();
    const first = await nextResponse(call);
    const clusters = await nextResponse(call);
    assert.match(Buffer.from(clusters.resources[0]?.resource?.value ?? []).toString(), /"content":"19"/);
    call.send(request({ typeUrl: typeUrls.endpoint, responseNonce: first.nonce }));
    const latest = await nextResponse(call);
    assert.match(
      Buffer.from(latest.resources[0]?.resource?.value ?? [])
        .subarray(0, 60)
        .toString(),
      /"content":"19\./,
    );
  });

  it("pings quiet connections and drops those that do not answer", async () => {
    const call = new TestCall(session, deltaPath);
    call.send(request({ typeUrl: typeUrls.cluster }));
    await roundTrip(session);
    assert.equal(server.proxies.list().length, 1);
    const pinged = once(session, "ping");
    clock.advance(30_000);
    await pinged;
    await roundTrip(session);
    clock.advance(10_000);
    await roundTrip(session);
    assert.equal(server.proxies.list().length, 1, "the answer arrived");
    const gone = new Promise<void>((resolve) => server.proxies.subscribe({ disconnected: () => resolve() }));
    clock.advance(20_000);
    // The answer to this PING cannot have been read: no time passes for the sockets in between.
    clock.advance(10_000);
    await gone;
  });

  it("says goodbye to clients when it closes", async () => {
    const call = new TestCall(session, deltaPath);
    call.send(request({ typeUrl: typeUrls.cluster }));
    await roundTrip(session);
    const goaway = once(session, "goaway");
    const closed = server.close();
    assert.match(await call.status, /^14 /);
    const [code]: unknown[] = await goaway;
    assert.equal(code, constants.NGHTTP2_NO_ERROR);
    await closed;
    assert.deepEqual(server.proxies.list(), []);
  });
});

describe("the server on TCP", () => {
  it("takes clients that a trusted authority vouches for, asks who they are, and trusts no claim", async () => {
    const authority = await testAuthority();
    const seen: string[] = [];
    const authenticator: Authenticator = {
      kind: "credential",
      authenticate: async (headers, peer) => {
        seen.push(
          `${String(headers[":path"]).split("/").at(-1)} ${peer.transport === "tcp" ? String(peer.certificate?.subject.CN) : ""}`,
        );
        if (headers.authorization === "broken") throw new Error("no");
        return headers.authorization === "Bearer good"
          ? { kind: "accepted", proxy: { proxyClass: "default/web" } }
          : { kind: "refused", code: "unauthenticated", message: "no token" };
      },
    };
    const plans = new TestPlans();
    plans.replace("default/web", [whole("cluster", "mine", { content: "1" })]);
    plans.replace("other/gateway", [whole("cluster", "theirs", { content: "1" })]);
    const server = createXdsServer({
      plans,
      listen: {
        kind: "tcp",
        host: "127.0.0.1",
        port: 0,
        tls: {
          certificate: authority.server.certificate,
          key: authority.server.key,
          clientAuthority: authority.certificate,
        },
      },
      authenticator,
    });
    const address = await server.start();
    assert.ok(address.kind === "tcp");
    const open = (credentials: { certificate: string; key: string } | undefined) =>
      connect(`https://localhost:${address.port}`, {
        ca: authority.certificate,
        ...(credentials === undefined ? {} : { cert: credentials.certificate, key: credentials.key }),
      });
    const session = open(authority.client);
    const refused = new TestCall(session, deltaPath);
    assert.match(await refused.status, /^16 no token/);
    assert.match(await new TestCall(session, deltaPath, { authorization: "broken" }).status, /^16 /);
    assert.match(
      await new TestCall(session, "/x.Service/FetchClusters", { authorization: "Bearer bad" }).status,
      /^16 /,
    );
    assert.match(
      await new TestCall(session, "/x.Service/FetchClusters", { authorization: "Bearer good" }).status,
      /^12 /,
    );
    const call = new TestCall(session, deltaPath, { authorization: "Bearer good" });
    call.send(request({ node: { id: "n", cluster: "other/gateway" }, typeUrl: typeUrls.cluster }));
    assert.deepEqual(
      (await nextResponse(call)).resources.map(({ name }) => name),
      ["mine"],
    );
    assert.ok(
      seen.every((line) => line.endsWith(" proxy")),
      seen.join(),
    );
    assert.equal(seen.length, 5);

    const stranger = open(undefined);
    stranger.on("error", () => undefined);
    const unheard = new TestCall(stranger, deltaPath, { authorization: "Bearer good" });
    assert.equal(await unheard.status, "closed");
    assert.equal(seen.length, 5, "without a certificate nobody is even asked who they are");
    stranger.destroy();

    const next = await testAuthority();
    server.renewTls({ certificate: next.server.certificate, key: next.server.key, clientAuthority: next.certificate });
    const renewed = connect(`https://localhost:${address.port}`, {
      ca: next.certificate,
      cert: next.client.certificate,
      key: next.client.key,
    });
    assert.match(await new TestCall(renewed, deltaPath).status, /^16 no token/);
    call.send(request({ typeUrl: typeUrls.endpoint, resourceNamesSubscribe: ["x"] }));
    assert.deepEqual((await nextResponse(call)).removedResources, ["x"], "open connections go on");
    renewed.destroy();
    session.destroy();
    await server.close();
  });
});
