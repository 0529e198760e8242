import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import fc from "fast-check";
import { type DemoBackend, startDemoBackend } from "./backend.ts";
import { callEcho } from "./grpc-call.ts";
import { decodeStrings, demoService, encodeStrings, healthService } from "./grpc-messages.ts";

describe("the demo backend", () => {
  let backend: DemoBackend;
  let origin = "";
  before(async () => {
    backend = await startDemoBackend({ name: "cart", version: "v2", address: "127.0.0.1", port: 0 });
    origin = `http://127.0.0.1:${backend.port}`;
  });
  after(() => backend.close());

  test("tells who answered and what reached it over HTTP/1.1", async () => {
    const response = await fetch(`${origin}/items?x=1`, { method: "POST", headers: { "x-try": "yes" }, body: "hello" });
    const told: unknown = await response.json();
    assert.ok(typeof told === "object" && told !== null && "headers" in told);
    const { headers, ...rest } = told;
    assert.deepEqual(rest, {
      service: "cart",
      version: "v2",
      host: `127.0.0.1:${backend.port}`,
      method: "POST",
      path: "/items?x=1",
      protocol: "HTTP/1.1",
      body: "hello",
    });
    assert.equal(new Map(Object.entries(Object(headers))).get("x-try"), "yes");
  });

  test("speaks HTTP/2 without TLS on the same port", async () => {
    const session = connectHttp2(origin);
    const stream = session.request({ ":path": "/two" });
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    session.close();
    assert.match(text, /"protocol": "HTTP\/2"/);
    assert.match(text, /"path": "\/two"/);
    assert.doesNotMatch(text, /":path"/);
  });

  test("misbehaves when asked to", async () => {
    const { status } = await fetch(`${origin}/?status=503&delay=1`);
    assert.equal(status, 503);
    assert.equal((await fetch(`${origin}/?status=99999`)).status, 599);
    assert.equal((await fetch(`${origin}/?status=x`)).status, 200);
  });

  test("recognises a client that sends its first bytes one by one", async () => {
    const socket = connect(backend.port, "127.0.0.1");
    socket.setNoDelay(true);
    for (const byte of "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") {
      await new Promise<void>((resolve) => socket.write(byte, () => setImmediate(resolve)));
    }
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, /^HTTP\/1.1 200 OK/);
  });

  test("echoes WebSocket messages of all lengths", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${backend.port}/ws`);
    const next = () =>
      new Promise<unknown>((resolve) =>
        socket.addEventListener("message", ({ data }) => resolve(data), { once: true }),
      );
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    for (const length of [0, 5, 125, 126, 65_535, 65_536, 200_000]) {
      const message = "a".repeat(length);
      const echoed = next();
      socket.send(message);
      assert.equal(await echoed, message);
    }
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve, { once: true }));
    socket.close(4001, "done");
    assert.equal((await closed).code, 4001);
  });

  test("refuses an upgrade that is no WebSocket handshake", async () => {
    const socket = connect(backend.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n");
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, /^HTTP\/1.1 400 /);
  });

  test("answers an independent gRPC client: echo, health, and a method it does not have", async () => {
    const client = new Client(`127.0.0.1:${backend.port}`, credentials.createInsecure());
    const call = (path: string, request: Buffer): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        const same = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest(path, same, same, request, new Metadata(), (error, value) =>
          error === null && value !== undefined ? resolve(value) : reject(error ?? new Error("no answer")),
        );
      });
    try {
      const echoed = decodeStrings(await call(`/${demoService}/Echo`, encodeStrings({ 1: "grüezi" })));
      assert.deepEqual(
        [...(echoed ?? [])],
        [
          [1, "grüezi"],
          [2, "cart"],
          [3, "v2"],
        ],
      );
      assert.deepEqual([...(await call(`/${healthService}/Check`, Buffer.alloc(0)))], [8, 1]);
      await assert.rejects(call(`/${demoService}/Nothing`, Buffer.alloc(0)), { code: 12 });
      await assert.rejects(call(`/${demoService}/Echo`, Buffer.from([0xff])), { code: 3 });
    } finally {
      client.close();
    }
  });

  test("the bundled client makes the same call", async () => {
    const result = await callEcho({ origin, message: "hi", headers: {}, timeoutMs: 5000 });
    assert.deepEqual(result, { code: 0, details: "", httpStatus: 200, message: "hi", service: "cart", version: "v2" });
    const resolved = await callEcho({
      origin: `http://nowhere.test:${backend.port}`,
      address: "127.0.0.1",
      message: "hi",
      headers: {},
      timeoutMs: 5000,
    });
    assert.equal(resolved.code, 0);
    await assert.rejects(callEcho({ origin: "http://127.0.0.1:1", message: "", headers: {}, timeoutMs: 5000 }));
  });

  test("a port that is taken is an error", async () => {
    await assert.rejects(startDemoBackend({ name: "x", version: "", address: "127.0.0.1", port: backend.port }), {
      code: "EADDRINUSE",
    });
  });
});

test("string messages survive encoding, and arbitrary bytes never throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.integer({ min: 1, max: 200 }), (text, field) => {
      assert.equal(decodeStrings(encodeStrings({ [field]: text }))?.get(field), text);
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeStrings(Buffer.from(bytes))));
});
