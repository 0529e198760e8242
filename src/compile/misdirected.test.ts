import assert from "node:assert/strict";
import { test } from "node:test";
import { chainFor, hostFor } from "./lookup.ts";
import { certificate, gateway, httpsListener, rule } from "./testing/nodes.ts";
import { worldOf } from "./testing/world.ts";

/** A listener for everything, one for a host, one for a wildcard and one for a host within it, each with a route. */
function fourListeners() {
  const hosts = { any: "*", second: "second.test", wild: "*.wild.test", within: "fourth.wild.test" };
  return worldOf({
    gateways: [gateway("shop/edge")],
    certificates: [certificate("shop/web")],
    listeners: Object.entries(hosts).map(([name, host]) => httpsListener(`shop/edge/${name}`, 443, host, ["shop/web"])),
    rules: Object.entries(hosts).map(([name, host]) =>
      rule(`httproute/shop/${name}/0/0`, [
        { listener: `shop/edge/${name}`, hosts: [host === "*" ? "first.test" : host] },
      ]),
    ),
  });
}

test("requests that come over a connection for another listener are told apart from those nobody serves", () => {
  const { plan } = fourListeners();
  const [port] = [...plan.ports.entries()].map(([, value]) => value);
  assert.ok(port !== undefined);
  const answer = (serverName: string, host: string) => {
    const chain = chainFor(port, serverName);
    assert.ok(chain !== undefined);
    const found = hostFor(plan.hosts, port.proxyClass, chain.table, host);
    return found?.rules[0]?.value.rule.key.split("/")[2] ?? found?.otherwise ?? "not-found";
  };
  const cases: readonly (readonly [string, string, string])[] = [
    ["first.test", "first.test", "any"],
    ["first.test", "second.test", "misdirected"],
    ["first.test", "unknown.test", "not-found"],
    ["second.test", "second.test", "second"],
    ["second.test", "first.test", "misdirected"],
    ["second.test", "unknown.test", "misdirected"],
    ["third.wild.test", "third.wild.test", "wild"],
    ["third.wild.test", "fifth.wild.test", "wild"],
    ["third.wild.test", "fourth.wild.test", "misdirected"],
    ["third.wild.test", "second.test", "misdirected"],
    ["third.wild.test", "unknown.test", "misdirected"],
    ["fourth.wild.test", "fourth.wild.test", "within"],
    ["fourth.wild.test", "fifth.wild.test", "misdirected"],
    ["unknown.test", "first.test", "any"],
    ["unknown.test", "unknown.test", "not-found"],
  ];
  for (const [serverName, host, expected] of cases) {
    assert.equal(answer(serverName, host), expected, `${host} over ${serverName}`);
  }
});

test("a listener that lets in only clients with certificates is not served where its port and host are another's that asks for none", () => {
  const open = httpsListener("shop/old/web", 443, "a.test", ["shop/web"]);
  const closed = httpsListener("shop/new/web", 443, "a.test", ["shop/web"]);
  const clientValidation = { bundle: "trust/gateway/shop/new/default", mode: "required" } as const;
  const tls = closed.tls === undefined ? undefined : { ...closed.tls, clientValidation };
  assert.ok(tls !== undefined);
  const { plan } = worldOf({
    gateways: [
      gateway("shop/old", { creationTimestamp: "2025-01-01T00:00:00Z" }),
      gateway("shop/new", { creationTimestamp: "2026-01-01T00:00:00Z" }),
    ],
    certificates: [certificate("shop/web")],
    listeners: [open, { ...closed, tls }],
    rules: ["old", "new"].map((name) =>
      rule(`httproute/shop/${name}/0/0`, [{ listener: `shop/${name}/web`, hosts: ["a.test"] }]),
    ),
  });
  const served = [...plan.rules.entries()].map(([, value]) => value.rule.key);
  assert.deepEqual(served, ["httproute/shop/old/0/0"]);
});
