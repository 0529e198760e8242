import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientAddressRule } from "../model/gateway.ts";
import { findClientAddress, isInAny } from "./client-address.ts";
import type { ExplainRequest } from "./explanation.ts";
import { hostOf, parseRequest } from "./request.ts";

const get: ExplainRequest = { method: "get", url: "http://a.example.com/", headers: [], clientAddress: "192.0.2.1" };

test("a URL gives authority, port, server name, and its path as it is written", () => {
  assert.deepEqual(parseRequest({ ...get, url: "HTTPS://user@Shop.Example.com:8443/a/../b?x=/y#part" }), {
    about: {
      method: "GET",
      url: "HTTPS://user@Shop.Example.com:8443/a/../b?x=/y#part",
      scheme: "https",
      authority: "Shop.Example.com:8443",
      port: 8443,
      serverName: "shop.example.com",
    },
    portIsWritten: true,
    path: "/a/../b",
    query: "?x=/y",
    headers: [],
  });
});

test("a Host header stands for the URL's host, the port option for its port, an address is no server name", () => {
  const headers = [
    { name: "Host", value: "b.example.com." },
    { name: "X-A", value: " 1 " },
  ];
  const parsed = parseRequest({ ...get, url: "https://[::1]", headers, port: 9443 });
  assert.ok(!("problem" in parsed));
  assert.deepEqual(
    { authority: parsed.about.authority, port: parsed.about.port, serverName: parsed.about.serverName },
    { authority: "b.example.com", port: 9443, serverName: undefined },
  );
  assert.deepEqual(parsed.headers, [{ name: "x-a", value: "1" }]);
  assert.equal(parsed.path, "/");
});

test("what is no request is told", () => {
  for (const url of [
    "a.example.com/",
    "ftp://a.example.com/",
    "http://",
    "http://a b/",
    "http://a:99999/",
    "http://[::1/",
  ]) {
    assert.ok("problem" in parseRequest({ ...get, url }), url);
  }
  assert.ok("problem" in parseRequest({ ...get, headers: [{ name: "host", value: "a b" }] }));
});

test("hosts compare without port and case", () => {
  assert.equal(hostOf("A.Example.com:8080"), "a.example.com");
  assert.equal(hostOf("[FE80::1]:80"), "[fe80::1]");
});

test("the client's address comes from where the gateway trusts", () => {
  const address = (rule: ClientAddressRule, peer: string, ...forwarded: readonly string[]) =>
    findClientAddress(
      rule,
      peer,
      forwarded.map((value) => ({ name: "X-Forwarded-For", value })),
    ).address;
  const trusted: ClientAddressRule = { kind: "trusted-cidrs", cidrs: ["10.0.0.0/8", "fd00::/8"] };
  assert.equal(address({ kind: "direct" }, "192.0.2.1", "203.0.113.7"), "192.0.2.1");
  assert.equal(address({ kind: "proxy-protocol" }, "192.0.2.1", "203.0.113.7"), "192.0.2.1");
  assert.equal(address({ kind: "trusted-hops", hops: 2 }, "10.0.0.1", "203.0.113.7, 10.9.9.9"), "203.0.113.7");
  assert.equal(address({ kind: "trusted-hops", hops: 2 }, "10.0.0.1", "203.0.113.7", "10.9.9.9"), "203.0.113.7");
  assert.equal(address({ kind: "trusted-hops", hops: 3 }, "10.0.0.1", "203.0.113.7, 10.9.9.9"), "10.0.0.1");
  assert.equal(address(trusted, "10.0.0.1", "198.51.100.1, 203.0.113.7, 10.9.9.9"), "203.0.113.7");
  assert.equal(address(trusted, "192.0.2.1", "203.0.113.7"), "192.0.2.1");
  assert.equal(address(trusted, "fd00::1", "2001:db8::7"), "2001:db8::7");
  assert.equal(address(trusted, "10.0.0.1", "10.8.8.8, 10.9.9.9"), "10.8.8.8");
  assert.equal(address(trusted, "10.0.0.1"), "10.0.0.1");
});

test("networks hold the addresses of their own family", () => {
  assert.ok(isInAny("10.1.2.3", ["192.168.0.0/16", "10.0.0.0/8"]));
  assert.ok(isInAny("::ffff:10.1.2.3", ["10.0.0.0/8"]));
  assert.ok(isInAny("192.0.2.1", ["192.0.2.1"]));
  assert.ok(!isInAny("10.1.2.3", ["::/0", "10.0.0.0/33", "nonsense"]));
  assert.ok(!isInAny("nonsense", ["0.0.0.0/0"]));
});
