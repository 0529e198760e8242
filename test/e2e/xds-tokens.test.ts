import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { policy } from "../../src/compile/testing/nodes.ts";
import type { Policy } from "../../src/model/policy.ts";
import type { Cors, JwtStep } from "../../src/model/step.ts";
import { type Ask, ask, eventually } from "./xds-live-proxy.ts";
import {
  access,
  bearer,
  type Issuer,
  issuer,
  origin,
  provider,
  ruleNamed,
  served,
  token,
  who,
} from "./xds-policy-rig.ts";

describe("tokens on real Envoy", () => {
  it("verifies, passes claims on, decides by them, and fails closed", async (t) => {
    const [one, two] = [await issuer("one"), await issuer("two")];
    const first = token("shop/first", [
      provider("one", one.jwks, { claimsToHeaders: [{ claim: "sub", header: "x-sub" }] }),
    ]);
    const second = token("shop/second", [provider("two", two.jwks, { fromHeaders: [{ name: "x-two", prefix: "" }] })]);
    const claims = (claim: string, ...values: string[]) =>
      access({ allow: [who({ jwtClaims: [{ provider: "one", claim, values }] })] });
    const live = await served(t, {
      rules: {
        first: { steps: [first] },
        both: { steps: [first, second] },
        either: { steps: [token("shop/either", [provider("one", one.jwks), provider("two", two.jwks)])] },
        optional: { steps: [token("shop/optional", [provider("one", one.jwks)], true)] },
        role: { steps: [first, claims("role", "admin", "root")] },
        deep: { steps: [first, claims("realm.level", "3")] },
        early: { steps: [claims("role", "admin"), first] },
        broken: { steps: [token("shop/broken", [provider("one", '{"keys":[]}')])] },
        audience: { steps: [token("shop/audience", [provider("one", one.jwks, { audiences: ["shop"] })])] },
      },
    });
    if (live === undefined) return;
    const { status, port } = live;
    const ok = bearer(await one.token({ sub: "me", role: ["x", "admin"], realm: { level: 3 } }));
    const user = bearer(await one.token({ sub: "me", role: "user" }));
    const root = bearer(await one.token({ sub: "me", role: "root" }));
    const foreign = bearer(await two.token({ sub: "you" }));
    assert.equal(await status("/first"), 401);
    assert.equal(await status("/first", bearer("nonsense")), 401);
    assert.equal(await status("/first", foreign), 401);
    const passed = await ask(port, "/first", { headers: { ...ok.headers, "x-sub": "forged" } });
    assert.equal(passed.seen?.headers["x-sub"], "me");
    assert.equal(passed.seen?.headers.authorization, undefined);
    assert.equal(await status("/both", ok), 401);
    assert.equal(await status("/both", { headers: { ...ok.headers, "x-two": await two.token({}) } }), 200);
    assert.equal(await status("/either", ok), 200);
    assert.equal(await status("/either", foreign), 200);
    assert.equal(await status("/either"), 401);
    assert.equal(await status("/optional"), 200);
    assert.equal(await status("/optional", foreign), 401);
    assert.equal(await status("/optional?access_token=x"), 200);
    assert.equal(await status("/role", ok), 200);
    assert.equal(await status("/role", root), 200);
    assert.equal(await status("/role", user), 403);
    assert.equal(await status("/role"), 401);
    assert.equal(await status("/deep", ok), 200);
    assert.equal(await status("/deep", user), 403);
    assert.equal(await status("/early", ok), 200, "compile puts tokens before access rules");
    assert.equal(await status("/broken", ok), 500);
    assert.equal(await status("/audience", ok), 403, "Envoy's answer to a good token that is meant for somebody else");
    assert.equal(await status("/audience", bearer(await one.token({ aud: "shop" }))), 200);
    const found = [...live.encoded.diagnostics.entries()].flatMap(([, list]) => list.map(({ code }) => code));
    assert.deepEqual(found, ["WR0402"]);
  });

  it("fetches remote keys through their cluster", async (t) => {
    const one = await issuer("one");
    const keys = createServer((_, response) => response.end(one.jwks)).listen(0, "127.0.0.1");
    await once(keys, "listening");
    t.after(() => {
      keys.closeAllConnections();
      keys.close();
    });
    const address = keys.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const remote = (instance: string, name: string): JwtStep =>
      token(instance, [
        provider("one", "", {
          keys: { kind: "remote", url: "http://keys/jwks", backend: `service/shop/${name}/80`, cacheSeconds: 300 },
        }),
      ]);
    const live = await served(t, {
      rules: { remote: { steps: [remote("shop/r", "keys")] }, dead: { steps: [remote("shop/d", "dead")] } },
      endpoints: { keys: address.port, dead: 1 },
    });
    if (live === undefined) return;
    const ok = bearer(await one.token({}));
    await eventually(
      async () => (await live.status("/remote", ok)) === 200,
      () => "the keys were not fetched",
    );
    assert.equal(await live.status("/remote"), 401);
    assert.equal(await live.status("/dead", ok), 401);
  });

  it("attaching, editing and detaching policies sends no listener and lets nothing slip through", async (t) => {
    const [one, two] = [await issuer("one"), await issuer("two")];
    const live = await served(t, { rules: { a: {}, b: {} } });
    if (live === undefined) return;
    const { status, world, proxy, listenerVersion } = live;
    const updates = async () => (await proxy.admin.stats(/lds/)).get("listener_manager.lds.update_success") ?? -1;
    const [version, sent] = [listenerVersion(), await updates()];
    const target: Policy["target"] = { kind: "route", object: ruleNamed("a", {}).policyTargets.object };
    const jwt = (keys: Issuer, name: string) =>
      policy("shop/jwt", target, { section: "jwt", steps: [token("shop/jwt", [provider(name, keys.jwks)])] });
    const okOne = bearer(await one.token({}));
    assert.equal(await status("/a"), 200);
    const attached = jwt(one, "one");
    world.put({ policies: [attached] });
    await proxy.settled();
    assert.equal(await status("/a"), 401);
    assert.equal(await status("/a", okOne), 200);
    assert.equal(await status("/b"), 200);
    world.put({ policies: [jwt(two, "two")] });
    await proxy.settled();
    assert.equal(await status("/a", okOne), 401);
    world.put({ policies: [policy("shop/only", target, { steps: [access({ deny: [who({})] })] })] });
    await proxy.settled();
    assert.equal(await status("/a", bearer(await two.token({}))), 403);
    world.remove("policies", attached.key);
    world.remove("policies", policy("shop/only", target).key);
    await proxy.settled();
    assert.equal(await status("/a"), 200);
    assert.equal(listenerVersion(), version);
    assert.equal(await updates(), sent);
    const rejected = await proxy.admin.stats(/update_rejected/);
    assert.deepEqual(
      [...rejected].filter(([, count]) => count > 0),
      [],
    );
  });
});

describe("CORS on real Envoy", () => {
  it("answers preflights itself, before any token is asked for", async (t) => {
    const one = await issuer("one");
    const cors: Cors = {
      kind: "cors",
      allowOrigins: ["https://exact.example.com", "https://*.wild.example.com"],
      allowMethods: ["GET", "PUT"],
      allowHeaders: ["x-a", "x-b"],
      exposeHeaders: ["x-c"],
      allowCredentials: true,
      maxAgeSeconds: 60,
      origin,
    };
    const open: Cors = {
      ...cors,
      allowOrigins: ["*"],
      allowCredentials: false,
      allowHeaders: ["*"],
      allowMethods: ["*"],
    };
    const live = await served(t, {
      rules: {
        cors: { steps: [token("shop/t", [provider("one", one.jwks)]), cors] },
        open: { steps: [open] },
        none: {},
      },
    });
    if (live === undefined) return;
    const preflight = (path: string, from: string) =>
      ask(live.port, path, {
        method: "OPTIONS",
        headers: { origin: from, "access-control-request-method": "PUT", "access-control-request-headers": "x-a" },
      });
    const allowed = await preflight("/cors", "https://exact.example.com");
    assert.equal(allowed.status, 200);
    assert.equal(allowed.seen, undefined);
    assert.equal(allowed.headers["access-control-allow-origin"], "https://exact.example.com");
    assert.equal(allowed.headers["access-control-allow-methods"], "GET,PUT");
    assert.equal(allowed.headers["access-control-allow-headers"], "x-a,x-b");
    assert.equal(allowed.headers["access-control-allow-credentials"], "true");
    assert.equal(allowed.headers["access-control-max-age"], "60");
    const wild = await preflight("/cors", "https://a.b.wild.example.com");
    assert.equal(wild.headers["access-control-allow-origin"], "https://a.b.wild.example.com");
    for (const stranger of [
      "https://wild.example.com",
      "https://exactXexample.com",
      "https://evil.com/.wild.example.com",
    ]) {
      const refused = await preflight("/cors", stranger);
      assert.equal(refused.headers["access-control-allow-origin"], undefined, stranger);
      assert.equal(refused.seen, undefined, stranger);
    }
    assert.equal((await preflight("/open", "https://any.example.com")).headers["access-control-allow-methods"], "PUT");
    const plain = await ask(live.port, "/open", { headers: { origin: "https://any.example.com" } });
    assert.equal(plain.headers["access-control-expose-headers"], "x-c");
    assert.equal((await preflight("/none", "https://any.example.com")).seen?.method, "OPTIONS");
  });
});

describe("a policy that comes and goes under load", () => {
  it("answers 401 while it is there and asks nobody else for anything", async (t) => {
    const good = await issuer("good");
    const target: Policy["target"] = { kind: "route", object: ruleNamed("web", {}).policyTargets.object };
    const step = token("shop/jwt", [provider("good", good.jwks)]);
    const guarding = policy("shop/jwt", target, { section: "jwt", steps: [step] });
    const live = await served(t, { rules: { web: {}, other: {} } });
    if (live === undefined) return;
    const { world, proxy, status, encoded } = live;
    let isOver = false;
    const answersTo = async (path: string, options: Ask = {}): Promise<ReadonlyMap<number, number>> => {
      const seen = new Map<number, number>();
      const client = async () => {
        while (!isOver) {
          const answer = await status(path, options);
          seen.set(answer, (seen.get(answer) ?? 0) + 1);
        }
      };
      await Promise.all([client(), client(), client()]);
      return seen;
    };
    const becomes = (wanted: number) =>
      eventually(
        async () => (await status("/web")) === wanted,
        () => `requests without a token do not come to ${wanted}`,
      );
    const comeAndGo = async () => {
      for (let round = 0; round < 50; round++) {
        world.put({ policies: [guarding] });
        await becomes(401);
        world.remove("policies", guarding.key);
        await becomes(200);
        // What the policy needed is taken back only now.
        await proxy.settled();
      }
    };
    const [withToken, without, other] = await Promise.all([
      answersTo("/web", bearer(await good.token({}))),
      answersTo("/web"),
      answersTo("/other"),
      comeAndGo().finally(() => (isOver = true)),
    ]);
    assert.deepEqual([...withToken.keys()], [200]);
    assert.deepEqual(new Set(without.keys()), new Set([200, 401]));
    assert.deepEqual([...other.keys()], [200]);
    assert.ok(
      (withToken.get(200) ?? 0) > 100 && (without.get(401) ?? 0) > 100,
      JSON.stringify([...withToken, ...without]),
    );
    const held = proxy.server.proxies.list()[0]?.resources("extension");
    const extension = encoded.planSource.plan("edge")?.get("extension", "weir.jwt");
    assert.deepEqual(
      held?.map(({ acknowledged }) => acknowledged),
      [extension?.version],
      "nothing of the policy is left",
    );
  });
});
