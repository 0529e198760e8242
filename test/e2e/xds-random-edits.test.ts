import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { backend, forwardTo, gateway, listener, originOf, policy, rule } from "../../src/compile/testing/nodes.ts";
import { isList, isObject } from "../../src/model/json.ts";
import type { Json } from "../../src/model/source-object.ts";
import type { JwtStep, Step } from "../../src/model/step.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { hostileBackend, hostileRule } from "./xds-hostile-input.ts";
import { freePorts, type LiveProxy, liveProxy } from "./xds-live-proxy.ts";

const EDITS = 500;
/** The proxy is let come to rest after so many edits; in between they overtake each other. */
const BURST = 20;

const section = "shop/edge/http";
const origin = originOf("TrafficPolicy", "shop/p");

const name = fc.nat({ max: 14 });
const decentBackend = fc.record({
  protocol: fc.constantFrom("http1" as const, "h2c" as const),
  connectTimeoutMs: fc.constantFrom(500, 1_000),
});
const edit = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("hostile" as const), name, options: hostileRule }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("plain" as const), name, to: name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("endpoints" as const),
      name,
      ports: fc.uniqueArray(fc.integer({ min: 1, max: 9 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("backend" as const), name, options: hostileBackend }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("backend" as const), name, options: decentBackend }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("jwt" as const), name, issuer: fc.constantFrom("a", "b", "c") }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("no-jwt" as const), name }) },
);

function ruleNamed(index: number, options: Parameters<typeof rule>[2] = {}) {
  return rule(`httproute/shop/r${index}/0/0`, [{ listener: section, hosts: [`h${index}.example.com`] }], options);
}

function token(index: number, issuer: string): readonly Step[] {
  const keys = { kind: "inline", jwks: '{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"HS256"}]}' } as const;
  const provider = {
    name: "p",
    issuer,
    audiences: [],
    keys,
    fromHeaders: [],
    fromQueryParameters: [],
    claimsToHeaders: [],
  };
  const step: JwtStep = {
    kind: "jwt",
    instance: `shop/p${index}`,
    providers: [{ ...provider, forward: false, origin }],
    allowMissing: false,
    origin,
  };
  return [step];
}

/** Envoy's dynamic configuration without versions and times, in a stable order. */
async function configurationOf({ admin }: LiveProxy): Promise<Json> {
  return settle(await admin.configDump("include_eds"));
}

function settle(value: Json): Json {
  if (isList(value)) {
    const items = value.map(settle);
    const named = items.every((item) => isObject(item) && nameOf(item) !== "");
    return named ? items.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : items;
  }
  // Each proxy reaches the server by a socket of its own.
  if (typeof value === "string") return value.replace(/\/weir-live-\w+\//, "/");
  if (!isObject(value)) return value;
  const dropped = new Set(["last_updated", "version_info", "bootstrap", "error_state", "warming_state"]);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      dropped.has(key) || member === undefined ? [] : [[key, settle(member)]],
    ),
  );
}

/** Of an entry of a dump: the name of what it holds. */
function nameOf(item: Json): string {
  if (!isObject(item)) return "";
  for (const key of ["name", "cluster_name"]) {
    const own = item[key];
    if (typeof own === "string") return own;
  }
  for (const key of ["cluster", "route_config", "endpoint_config", "ecds_filter", "secret"]) {
    const inner = item[key];
    if (inner !== undefined && nameOf(inner) !== "") return nameOf(inner);
  }
  return "";
}

describe("one proxy under many edits", () => {
  it("refuses nothing and ends where a fresh proxy begins", async (t) => {
    const seed = Number(process.env.WEIR_SEED ?? 11);
    const [port = 0] = await freePorts(1);
    const names = Array.from({ length: 15 }, (_, index) => index);
    const built = encodedWorld({
      gateways: [gateway("shop/edge")],
      listeners: [listener(section, port, "*", { address: "127.0.0.1" })],
      backends: [backend("service/shop/web/80"), ...names.map((index) => backend(`service/shop/b${index}/80`))],
      rules: names.map((index) => ruleNamed(index)),
    });
    const proxy = await liveProxy(t, built.encoded.planSource, "edge");
    if (proxy === undefined) return;
    const jwt = (index: number, issuer: string) =>
      policy(
        `shop/p${index}`,
        { kind: "route", object: ruleNamed(index).policyTargets.object },
        { section: "jwt", steps: token(index, issuer) },
      );
    const edits = fc.sample(edit, { numRuns: EDITS, seed });
    for (const [count, one] of edits.entries()) {
      switch (one.kind) {
        case "hostile":
          built.world.put({ rules: [ruleNamed(one.name, one.options)] });
          break;
        case "plain":
          built.world.put({ rules: [ruleNamed(one.name, { end: forwardTo(`service/shop/b${one.to}/80`) })] });
          break;
        case "remove":
          built.world.remove("rules", ruleNamed(one.name).key);
          break;
        case "endpoints":
          built.putEndpoints({
            key: `shop/b${one.name}/80`,
            endpoints: one.ports.map((number) => ({ address: "127.0.0.1", port: number, state: "serving" })),
          });
          break;
        case "backend":
          built.world.put({ backends: [backend(`service/shop/b${one.name}/80`, one.options)] });
          break;
        case "jwt":
          built.world.put({ policies: [jwt(one.name, one.issuer)] });
          break;
        case "no-jwt":
          built.world.remove("policies", jwt(one.name, "").key);
          break;
      }
      if (count % BURST === BURST - 1) await proxy.settled();
    }
    await proxy.settled();
    const rejected = [...(await proxy.admin.stats(/update_rejected|update_failure/))].filter(
      ([, number]) => number > 0,
    );
    assert.deepEqual(rejected, [], `seed ${seed}\n${await proxy.log()}`);
    const fresh = await liveProxy(t, built.encoded.planSource, "edge");
    assert.ok(fresh !== undefined);
    const wanted = await configurationOf(fresh);
    let edited = await configurationOf(proxy);
    // What nobody needs any more is removed some time after the rest.
    for (let tries = 0; tries < 200 && !isDeepStrictEqual(edited, wanted); tries++) {
      await wait(20);
      edited = await configurationOf(proxy);
    }
    assert.deepEqual(edited, wanted, `seed ${seed}`);
  });
});
