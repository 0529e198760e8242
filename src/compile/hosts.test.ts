import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chainFor, hostFor } from "./lookup.ts";
import type { PlanCollections } from "./plan.ts";
import { nodesOf, requestHosts, worldSeedArb } from "./testing/arbitrary.ts";
import { certificate, gateway, httpsListener, listener, rule } from "./testing/nodes.ts";
import { type Expected, expectedRules } from "./testing/reference.ts";
import { worldOf } from "./testing/world.ts";

function planned(plan: PlanCollections, port: number, serverName: string | undefined, host: string): Expected {
  const found = plan.ports.get(`edge|tcp/*/${port}`);
  const chain = found === undefined ? undefined : chainFor(found, serverName);
  if (chain === undefined) return { kind: "closed" };
  const served = hostFor(plan.hosts, "edge", chain.table, host);
  if (served?.otherwise === "misdirected") return { kind: "misdirected" };
  return { kind: "rules", keys: (served?.rules ?? []).map((entry) => entry.value.rule.key) };
}

test("hosts and the order of their rules agree with a search through all listeners and rules", () => {
  let withSeveralRules = 0;
  fc.assert(
    fc.property(worldSeedArb, (seed) => {
      const nodes = nodesOf(seed);
      const { plan } = worldOf(nodes);
      for (const host of requestHosts) {
        const plain = nodes.listeners?.some((one) => one.bindPort === 80);
        if (plain)
          assert.deepEqual(planned(plan, 80, undefined, host), expectedRules(nodes, 80, undefined, host), host);
        for (const name of requestHosts) {
          const expected = expectedRules(nodes, 443, name, host);
          assert.deepEqual(planned(plan, 443, name, host), expected, `${host} on a connection for ${name}`);
          if (expected.kind === "rules" && expected.keys.length > 1) withSeveralRules++;
        }
      }
    }),
    { numRuns: 800 },
  );
  assert.ok(withSeveralRules > 1000, `only ${withSeveralRules} requests had a choice`);
});

test("with very many TLS listeners each table stays small and still tells foreign hosts apart", () => {
  const count = 200;
  const names = Array.from({ length: count }, (_, index) => `s${index}.example.com`);
  const { plan } = worldOf({
    gateways: [gateway("infra/edge")],
    listeners: names.map((name, index) => httpsListener(`infra/edge/l${index}`, 443, name, ["infra/one"])),
    certificates: [certificate("infra/one")],
  });
  assert.equal(plan.hosts.size, 2 * count);
  assert.deepEqual(planned(plan, 443, "s7.example.com", "s8.example.com"), { kind: "misdirected" });
  assert.deepEqual(planned(plan, 443, "s7.example.com", "s7.example.com"), { kind: "rules", keys: [] });
});

test("a host of another dialect does not take requests from a rule that does not fall through", () => {
  const { plan } = worldOf({
    gateways: [gateway("infra/edge"), gateway("infra/ingress")],
    listeners: [listener("infra/edge/web", 80), listener("infra/ingress/http", 80, "*", { isolation: "shared" })],
    rules: [
      rule("ingress/shop/wild/0/0", [{ listener: "infra/ingress/http", hosts: ["*.b.com"] }]),
      rule("ingress/shop/all/0/0", [{ listener: "infra/ingress/http", hosts: ["*"] }]),
      rule("httproute/shop/exact/0/0", [{ listener: "infra/edge/web", hosts: ["a.b.com"] }]),
    ],
  });
  assert.deepEqual(planned(plan, 80, undefined, "a.b.com"), {
    kind: "rules",
    keys: ["httproute/shop/exact/0/0", "ingress/shop/wild/0/0"],
  });
});

test("a host that only a listener names which does not own it gets no virtual host of its own", () => {
  const { plan } = worldOf({
    gateways: [gateway("infra/edge")],
    listeners: [listener("infra/edge/web", 80), listener("infra/edge/b", 80, "*.b.com")],
    rules: [rule("httproute/shop/r/0/0", [{ listener: "infra/edge/web", hosts: ["a.b.com", "c.org"] }])],
  });
  assert.deepEqual([...plan.hosts.entries()].map(([, host]) => host.domain).sort(), ["*", "*.b.com", "c.org"]);
});
