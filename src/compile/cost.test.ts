import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rule } from "../model/rule.ts";
import {
  backend,
  certificate,
  forwardTo,
  gateway,
  httpsListener,
  listener,
  originOf,
  pathIs,
  rule,
} from "./testing/nodes.ts";
import { worldOf } from "./testing/world.ts";

const many = 2_000;
const web = "infra/edge/web";

function route(index: number, more: { host?: string; path?: string; set?: string; backend?: string } = {}): Rule {
  return rule(`httproute/shop/r${index}/0/0`, [{ listener: web, hosts: [more.host ?? `h${index}.example.com`] }], {
    match: pathIs("segment-prefix", more.path ?? "/"),
    end: forwardTo(more.backend ?? `service/shop/s${index}/80`),
    steps:
      more.set === undefined
        ? []
        : [
            {
              kind: "request-headers",
              set: [{ name: "x", value: more.set }],
              add: [],
              remove: [],
              origin: originOf("HTTPRoute", `shop/r${index}`),
            },
          ],
  });
}

function worldWith(rules: readonly Rule[], backends: readonly string[]) {
  return worldOf({
    gateways: [gateway("infra/edge")],
    listeners: [listener(web, 80), httpsListener("infra/edge/tls", 443, "*", ["infra/one"])],
    rules,
    backends: backends.map((key) => backend(key)),
    certificates: [certificate("infra/one")],
  });
}

const indexes = Array.from({ length: many }, (_, index) => index);
const manyHosts = () =>
  worldWith(
    indexes.map((index) => route(index)),
    indexes.map((index) => `service/shop/s${index}/80`),
  );

test("an edit of one route recomputes its rule and its host, whatever else is there", () => {
  const world = manyHosts();
  const cost = world.cost(() => world.put({ rules: [route(7, { set: "edited" })] }));
  assert.deepEqual(cost, {
    "compile.rules": 1,
    "plan.rules": 1,
    "compile.rule-findings": 1,
    "compile.blocks": 1,
    "compile.block-names": 1,
    "plan.served-hosts": 1,
    "plan.hosts": 1,
    "compile.backend-users": 1,
    "compile.backend-uses": 1,
    "compile.twins": 1,
    "compile.shadowed": 1,
  });
});

test("an edit that changes nothing stops at once", () => {
  const world = manyHosts();
  assert.deepEqual(
    world.cost(() => world.put({ rules: [route(7)] })),
    {},
  );
});

test("a rule added to a host of thousands plans that rule and that host", () => {
  const world = worldWith(
    indexes.map((index) =>
      route(index, { host: "big.example.com", path: `/p${index}`, backend: "service/shop/web/80" }),
    ),
    ["service/shop/web/80"],
  );
  const added = route(many, { host: "big.example.com", path: "/added", backend: "service/shop/web/80" });
  const cost = world.cost(() => world.put({ rules: [added] }));
  assert.equal(cost["compile.rules"], 1);
  assert.equal(cost["plan.rules"], 1);
  assert.equal(cost["plan.served-hosts"], 1);
  assert.equal(cost["plan.clusters"], undefined);
  assert.equal(world.plan.hosts.get("edge|http/80|big.example.com")?.rules.length, many + 1);
});

test("an edit of a backend recomputes its cluster and no rule; a renewed certificate no port", () => {
  const world = manyHosts();
  const edited = backend("service/shop/s7/80", { connectTimeoutMs: 5 });
  assert.deepEqual(
    world.cost(() => world.put({ backends: [edited] })),
    {
      "compile.backends": 1,
      "plan.clusters": 1,
      "compile.certificates-of-clusters": 1,
      "compile.trust-bundles-of-clusters": 1,
    },
  );
  const renewed = { ...certificate("infra/one"), certificateChain: "renewed" };
  assert.deepEqual(
    world.cost(() => world.put({ certificates: [renewed] })),
    { "compile.sites": 1, "plan.certificates": 1 },
  );
});

test("one more TLS host recomputes its own site and the list of chains, not the other hosts", () => {
  const name = (index: number) => `h${index}.example.com`;
  const world = worldWith([], []);
  const listeners = indexes.map((index) => httpsListener(`infra/edge/l${index}`, 443, name(index), ["infra/one"]));
  world.put({ listeners });
  const cost = world.cost(() =>
    world.put({ listeners: [httpsListener("infra/edge/more", 443, name(many), ["infra/one"])] }),
  );
  assert.equal(cost["compile.sites"], 1);
  assert.equal(cost["plan.ports"], 1);
  assert.equal(cost["plan.served-hosts"], 1);
  assert.equal(cost["plan.blocked-hosts"], 1);
});
