import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  backend,
  certificate,
  forwardTo,
  gateway,
  httpsListener,
  listener,
  originOf,
  pathIs,
  policy,
  rule,
} from "../compile/testing/nodes.ts";
import { emptyWorld } from "../compile/testing/world.ts";
import type { EndpointSet } from "../model/backend.ts";
import type { JwtStep } from "../model/step.ts";
import { encodePlan } from "./encode-plan.ts";
import { defaultEncodeOptions } from "./options.ts";
import type { PlanChange, ResourceType, ServedResource } from "./resource.ts";
import { hostsOf } from "./routes/host-block.ts";
import { type EncodedWorld, encodedWorld } from "./testing/encoded-world.ts";

const section = "shop/edge/http";
const origin = originOf("HTTPRoute", "shop/web");

function route(index: number, service = index, more = {}) {
  return rule(`httproute/shop/r${index}/0/0`, [{ listener: section, hosts: [`h${index}.example.com`] }], {
    end: forwardTo(`service/shop/s${service}/80`),
    ...more,
  });
}

function endpoints(service: number, ...ports: number[]): EndpointSet {
  return {
    key: `shop/s${service}/80`,
    endpoints: ports.map((port) => ({ address: "10.0.0.1", port, state: "serving" })),
  };
}

const numbers = Array.from({ length: 50 }, (_, index) => index);

function shop(): EncodedWorld {
  const built = encodedWorld({
    gateways: [gateway("shop/edge")],
    listeners: [listener(section, 80), httpsListener("shop/edge/tls", 443, "a.example.com", ["shop/cert"])],
    certificates: [certificate("shop/cert")],
    backends: [
      ...numbers.map((index) => backend(`service/shop/s${index}/80`)),
      backend("service/shop/s0/80~h2c", { protocol: "h2c", location: { kind: "endpoints", set: "shop/s0/80" } }),
    ],
    rules: [
      ...numbers.map((index) => route(index)),
      rule("httproute/shop/h2c/0/0", [{ listener: section, hosts: ["h2c.example.com"] }], {
        end: forwardTo("service/shop/s0/80~h2c"),
      }),
    ],
  });
  built.putEndpoints(...numbers.map((index) => endpoints(index, 80)));
  return built;
}

function changesOf(built: EncodedWorld, action: () => void): Record<string, string[]> {
  const seen: PlanChange[] = [];
  const stop = built.encoded.planSource.subscribe((changes) => seen.push(...changes));
  action();
  stop();
  const names = seen.flatMap(({ proxyClass, changed }) =>
    [...changed].map(([type, set]) => [`${proxyClass} ${type}`, [...set].sort()] as const),
  );
  return Object.fromEntries(names);
}

function onlyXds(cost: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(cost).filter(([name]) => name.startsWith("xds.")));
}

describe("what an edit costs", () => {
  it("an endpoint: one assignment for each cluster that uses the set, and nothing else", () => {
    const built = shop();
    const edit = (service: number, port: number) => () => built.putEndpoints(endpoints(service, port));
    assert.deepEqual(built.world.cost(edit(7, 81)), { "xds.endpoints": 1, "xds.served": 1 });
    assert.deepEqual(changesOf(built, edit(7, 82)), { "edge endpoint": ["service/shop/s7/80"] });
    assert.deepEqual(changesOf(built, edit(0, 83)), {
      "edge endpoint": ["service/shop/s0/80", "service/shop/s0/80~h2c"],
    });
    assert.deepEqual(
      changesOf(built, () => built.putEndpoints({ key: "shop/unused/80", endpoints: [] })),
      {},
    );
  });

  it("a rule: itself, its virtual host and its table", () => {
    const built = shop();
    const edit = (ms: number) => () => built.world.put({ rules: [route(7, 7, { timeouts: { requestMs: ms } })] });
    assert.deepEqual(onlyXds(built.world.cost(edit(1_000))), {
      "xds.rules": 1,
      "xds.rule-findings": 1,
      "xds.virtual-hosts": 1,
      "xds.host-findings": 1,
      "xds.hosts-by-block": 1,
      "xds.host-blocks": 1,
      "xds.blocks-by-table": 1,
      "xds.route-tables": 1,
      "xds.served": 1,
    });
    const table = () => built.encoded.planSource.plan("edge")?.get("route", "http/80");
    const before = table();
    assert.deepEqual(changesOf(built, edit(2_000)), { "edge route": ["http/80"] });
    const after = table();
    assert.ok(before?.kind === "table" && after?.kind === "table");
    const changed = hostsOf(after).filter((host) => !hostsOf(before).includes(host));
    assert.deepEqual(
      changed.map(({ name }) => name),
      ["h7.example.com"],
    );
  });

  it("what changes nothing for a proxy: no resource and no new revision", () => {
    const built = shop();
    const revision = built.encoded.planSource.revision();
    const moved = route(7, 7, { origin: originOf("HTTPRoute", "shop/web", "spec", "rules", 9) });
    assert.deepEqual(
      changesOf(built, () => built.world.put({ rules: [moved] })),
      {},
    );
    assert.equal(built.encoded.planSource.revision(), revision);
  });

  it("a certificate: its secret; a policy: its rules and the token extension, never a listener", () => {
    const built = shop();
    const renewed = { ...certificate("shop/cert"), certificateChain: "renewed" };
    assert.deepEqual(
      changesOf(built, () => built.world.put({ certificates: [renewed] })),
      { "edge secret": ["shop/cert"] },
    );
    const keys = { kind: "inline", jwks: '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' } as const;
    const provider = {
      issuer: "i",
      audiences: [],
      keys,
      fromHeaders: [],
      fromQueryParameters: [],
      claimsToHeaders: [],
    };
    const jwt = (issuer: string): JwtStep => ({
      kind: "jwt",
      instance: "shop/jwt",
      allowMissing: false,
      providers: [{ ...provider, name: "p", issuer, forward: false, origin }],
      origin,
    });
    const attach = (issuer: string) => () =>
      built.world.put({
        policies: [
          policy("shop/jwt", { kind: "gateway", gateway: "shop/edge" }, { section: "jwt", steps: [jwt(issuer)] }),
        ],
      });
    assert.deepEqual(changesOf(built, attach("one")), { "edge extension": ["weir.jwt"], "edge route": ["http/80"] });
    assert.deepEqual(changesOf(built, attach("two")), { "edge extension": ["weir.jwt"] });
  });
});

describe("the plan source", () => {
  const types: readonly ResourceType[] = ["cluster", "endpoint", "secret", "extension", "listener", "route"];
  const versions = (built: EncodedWorld) => {
    const plan = built.encoded.planSource.plan("edge");
    const all = types.flatMap((type) =>
      [...(plan?.names(type) ?? [])].map((name) => [`${type} ${name}`, plan?.get(type, name)?.version] as const),
    );
    return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  };

  it("gives nothing before its release, everything after it, and an empty plan to classes that must have one", () => {
    const world = emptyWorld();
    const options = { ...defaultEncodeOptions, knownClasses: ["always"] };
    const { planSource: early } = encodePlan(world.graph, world.plan, world.graph.input("endpoint-sets"), options);
    const notices: (readonly PlanChange[])[] = [];
    early.subscribe((changes) => notices.push(changes));
    world.put({ gateways: [gateway("shop/edge")], listeners: [listener(section, 80)] });
    assert.equal(early.plan("edge"), undefined);
    assert.equal(early.plan("always"), undefined);
    assert.equal(notices.length, 0);
    early.release();
    assert.deepEqual(
      notices.flat().map(({ proxyClass, changed }) => [proxyClass, [...changed.keys()].sort()]),
      [["edge", ["extension", "listener", "route"]]],
    );
    assert.equal(early.plan("unknown"), undefined);
    world.put({ gateways: [gateway("shop/idle", { proxyClass: "idle" })] });
    assert.deepEqual(notices.at(-1), [{ proxyClass: "idle", changed: new Map() }]);
    assert.deepEqual([...(early.plan("idle")?.names("listener") ?? ["?"])], []);
    assert.deepEqual([...(early.plan("always")?.names("listener") ?? ["?"])], []);
    const { planSource } = shop().encoded;
    assert.ok(planSource.plan("edge") !== undefined);
  });

  it("is the same after any edits as from scratch, and its changes name exactly what differs", () => {
    const index = fc.nat({ max: 5 });
    const edit = fc.oneof(
      fc.record({ kind: fc.constant("rule" as const), index, service: index, ms: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant("no-rule" as const), index }),
      fc.record({
        kind: fc.constant("endpoints" as const),
        index,
        ports: fc.uniqueArray(fc.integer({ min: 1, max: 3 })),
      }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        const base = {
          gateways: [gateway("shop/edge")],
          listeners: [listener(section, 80)],
          backends: [0, 1, 2, 3, 4, 5].map((one) => backend(`service/shop/s${one}/80`)),
        };
        const edited = encodedWorld(base);
        const scratch = encodedWorld(base);
        const rules = new Map<string, ReturnType<typeof route>>();
        const sets = new Map<string, EndpointSet>();
        let known = versions(edited);
        for (const one of edits) {
          const changed = changesOf(edited, () => {
            if (one.kind === "endpoints") {
              const set = endpoints(one.index, ...one.ports);
              sets.set(set.key, set);
              edited.putEndpoints(set);
            } else if (one.kind === "no-rule") {
              rules.delete(route(one.index).key);
              edited.world.remove("rules", route(one.index).key);
            } else {
              const wanted = route(one.index, one.service, {
                timeouts: { requestMs: one.ms },
                match: pathIs("segment-prefix", `/${one.service}`),
              });
              rules.set(wanted.key, wanted);
              edited.world.put({ rules: [wanted] });
            }
          });
          const now = versions(edited);
          const differing = [...new Set([...known.keys(), ...now.keys()])].filter(
            (name) => known.get(name) !== now.get(name),
          );
          const named = Object.entries(changed).flatMap(([type, names]) =>
            names.map((name) => `${type.slice(5)} ${name}`),
          );
          assert.deepEqual(named.sort(), differing.sort());
          known = now;
        }
        scratch.world.put({ rules: [...rules.values()] });
        scratch.putEndpoints(...sets.values());
        assert.deepEqual(versions(edited), versions(scratch));
        assert.equal(edited.encoded.planSource.revision(), scratch.encoded.planSource.revision());
      }),
      { numRuns: 60 },
    );
  });

  it("keeps one encoding for all classes of proxies", () => {
    const built = encodedWorld({
      gateways: [gateway("shop/one", { proxyClass: "one" }), gateway("shop/two", { proxyClass: "two" })],
      listeners: [
        listener("shop/one/http", 80, "*", { proxyClass: "one" }),
        listener("shop/two/http", 80, "*", { proxyClass: "two" }),
      ],
      backends: [backend("service/shop/web/80")],
      rules: [
        rule("httproute/shop/web/0/0", [
          { listener: "shop/one/http", hosts: ["*"] },
          { listener: "shop/two/http", hosts: ["*"] },
        ]),
      ],
    });
    const get = (proxyClass: string): ServedResource | undefined =>
      built.encoded.planSource.plan(proxyClass)?.get("cluster", "service/shop/web/80");
    assert.ok(get("one") !== undefined);
    assert.equal(get("one"), get("two"));
  });
});
