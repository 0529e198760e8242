import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientAddressRule } from "../model/gateway.ts";
import type { HeaderValue } from "../model/step.ts";
import { joinHeaderLines } from "./header-lines.ts";
import { headersAtProxy, upgradeOf } from "./proxy-headers.ts";

const direct: ClientAddressRule = { kind: "direct" };
const behindProxies: ClientAddressRule = { kind: "trusted-cidrs", cidrs: ["192.0.2.0/24"] };

function atProxy(rule: ClientAddressRule, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const arrival = { rule, peer: "192.0.2.1", clientAddress: "203.0.113.7", scheme: "https" } as const;
  return Object.fromEntries(headersAtProxy(lines(headers), arrival).map(({ name, value }) => [name, value]));
}

function lines(headers: Readonly<Record<string, string>>): readonly HeaderValue[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}

test("clients from outside say neither who they are nor how the proxy behaves", () => {
  const lies = {
    "x-forwarded-proto": "http",
    "x-envoy-external-address": "198.51.100.9",
    "x-envoy-retry-on": "5xx",
    "x-envoy-original-path": "/admin",
    "x-forwarded-client-cert": "Hash=1",
    "x-request-id": "mine",
  };
  const { "x-request-id": id, ...rest } = atProxy(direct, { ...lies, "x-own": "1" });
  assert.deepEqual(rest, {
    "x-own": "1",
    "x-forwarded-for": "192.0.2.1",
    "x-envoy-external-address": "203.0.113.7",
    "x-forwarded-proto": "https",
  });
  assert.match(id ?? "", /^[0-9a-f-]{36}$/);
});

test("proxies that are trusted say which scheme and identifier a request has", () => {
  const said = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "http", "x-request-id": "theirs" };
  assert.deepEqual(atProxy(behindProxies, said), { ...said, "x-forwarded-for": "203.0.113.7,192.0.2.1" });
  const lies = { "x-envoy-external-address": "198.51.100.9", "x-envoy-original-path": "/admin" };
  assert.deepEqual(
    Object.keys(atProxy(behindProxies, lies)).filter((name) => name.startsWith("x-envoy")),
    [],
  );
  assert.equal(atProxy(behindProxies, {})["x-forwarded-proto"], "https");
});

test("of what concerns one connection only trailers and upgrades are left", () => {
  assert.equal(atProxy(direct, { te: "deflate, trailers" }).te, "trailers");
  assert.equal(atProxy(direct, { te: "deflate" }).te, undefined);
  assert.equal(atProxy(direct, { upgrade: "websocket" }).upgrade, undefined);
  const upgrade = { connection: "keep-alive, Upgrade", upgrade: "WebSocket" };
  assert.equal(atProxy(direct, upgrade).upgrade, "WebSocket");
  assert.equal(upgradeOf(lines(upgrade)), "websocket");
  assert.equal(upgradeOf(lines({ connection: "close", upgrade: "websocket" })), undefined);
});

test("further lines join the first where Envoy keeps one value, and stay apart elsewhere", () => {
  const twice = (name: string) => joinHeaderLines([...lines({ [name]: "a" }), ...lines({ [name]: "b" })]);
  assert.deepEqual(twice("accept"), [{ name: "accept", value: "a,b" }]);
  const afterNothing = joinHeaderLines([...lines({ accept: "" }), ...lines({ accept: "b" })]);
  assert.deepEqual(afterNothing, [{ name: "accept", value: "b" }]);
  assert.equal(twice("x-own").length, 2);
});
