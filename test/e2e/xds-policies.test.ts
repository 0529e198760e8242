import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { exportJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { backend, gateway, listener, originOf, pathIs, policy, rule } from "../../src/compile/testing/nodes.ts";
import type { ClientAddressRule } from "../../src/model/gateway.ts";
import type { Policy } from "../../src/model/policy.ts";
import type { Rule } from "../../src/model/rule.ts";
import type { AccessRule, AuthorizeStep, Cors, JwtProvider, JwtStep } from "../../src/model/step.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { type Ask, ask, echoBackend, eventually, freePorts, liveProxy } from "./xds-live-proxy.ts";

const origin = originOf("TrafficPolicy", "shop/access");
const section = "shop/edge/http";

type RuleInput = Partial<Omit<Rule, "key" | "attachments">>;

interface Setup {
  readonly rules: Readonly<Record<string, RuleInput>>;
  readonly policies?: readonly Policy[];
  readonly clientAddress?: ClientAddressRule;
  /** Further endpoints, by backend name. */
  readonly endpoints?: Readonly<Record<string, number>>;
}

function ruleNamed(name: string, input: RuleInput): Rule {
  const match = pathIs("segment-prefix", `/${name}`);
  return rule(`httproute/shop/${name}/0/0`, [{ listener: section, hosts: ["*"] }], { match, ...input });
}

async function served(t: TestContext, setup: Setup) {
  const [port = 0] = await freePorts(1);
  const echo = await echoBackend(t, "web");
  const endpoints = { web: echo.port, ...setup.endpoints };
  const built = encodedWorld({
    gateways: [gateway("shop/edge", { clientAddress: setup.clientAddress ?? { kind: "direct" } })],
    listeners: [listener(section, port, "*", { address: "127.0.0.1" })],
    backends: Object.keys(endpoints).map((name) => backend(`service/shop/${name}/80`)),
    rules: Object.entries(setup.rules).map(([name, input]) => ruleNamed(name, input)),
    policies: setup.policies ?? [],
  });
  built.putEndpoints(
    ...Object.entries(endpoints).map(([name, number]) => ({
      key: `shop/${name}/80`,
      endpoints: [{ address: "127.0.0.1", port: number, state: "serving" as const }],
    })),
  );
  const proxy = await liveProxy(t, built.encoded.planSource, "edge");
  if (proxy === undefined) return undefined;
  const status = async (path: string, options: Ask = {}) => (await ask(port, path, options)).status;
  const version = () => built.encoded.planSource.plan("edge")?.get("listener", `tcp/127.0.0.1/${port}`)?.version;
  return { proxy, port, status, listenerVersion: version, ...built };
}

function access(rules: Partial<Pick<AuthorizeStep, "allow" | "deny">>): AuthorizeStep {
  return { kind: "authorize", instance: "access", allow: [], deny: [], origin, ...rules };
}

function who(rules: Omit<AccessRule, "name" | "origin">): AccessRule {
  return { name: "who", origin, ...rules };
}

interface Issuer {
  readonly jwks: string;
  readonly token: (claims: JWTPayload) => Promise<string>;
}

async function issuer(name: string): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: name, alg: "ES256" };
  const token = (claims: JWTPayload) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: name })
      .setIssuer(name)
      .setExpirationTime("1h")
      .sign(privateKey);
  return { jwks: JSON.stringify({ keys: [jwk] }), token };
}

function provider(name: string, jwks: string, more: Partial<JwtProvider> = {}): JwtProvider {
  return {
    name,
    issuer: name,
    audiences: [],
    keys: { kind: "inline", jwks },
    fromHeaders: [],
    fromQueryParameters: [],
    claimsToHeaders: [],
    forward: false,
    origin,
    ...more,
  };
}

function token(instance: string, providers: readonly JwtProvider[], allowMissing = false): JwtStep {
  return { kind: "jwt", instance, providers, allowMissing, origin };
}

const bearer = (text: string): Ask => ({ headers: { authorization: `Bearer ${text}` } });

describe("access rules on real Envoy", () => {
  it("denies first, then lets pass who is allowed, on forwarding, redirecting and answering rules alike", async (t) => {
    const inside = access({ allow: [who({ clientAddresses: ["127.0.0.0/8"] })] });
    const live = await served(t, {
      rules: {
        open: {},
        inside: { steps: [inside] },
        outside: { steps: [access({ allow: [who({ clientAddresses: ["10.0.0.0/8", "2001:db8::/32"] })] })] },
        mixed: {
          steps: [
            access({
              deny: [who({ clientAddresses: ["127.0.0.9"] }), who({ methods: ["DELETE"], pathPrefixes: ["/mixed/a"] })],
              allow: [
                who({ clientAddresses: ["127.0.0.0/24"], methods: ["GET", "DELETE"] }),
                who({ headers: [{ name: "x-key", value: { kind: "exact", value: "k" } }] }),
              ],
            }),
          ],
        },
        two: {
          steps: [inside, access({ instance: "b", deny: [who({ methods: ["POST"] })] } as Partial<AuthorizeStep>)],
        },
        redirect: {
          steps: [access({ deny: [who({})] })],
          end: { kind: "redirect", status: 302, host: "b.example.com" },
        },
        answer: { steps: [access({ deny: [who({})] })], end: { kind: "respond", status: 200 } },
      },
    });
    if (live === undefined) return;
    const { status } = live;
    assert.equal(await status("/open"), 200);
    assert.equal(await status("/inside"), 200);
    assert.equal(await status("/outside"), 403);
    assert.equal(await status("/mixed"), 200);
    assert.equal(await status("/mixed", { from: "127.0.0.9" }), 403);
    assert.equal(await status("/mixed", { from: "127.0.0.9", headers: { "x-key": "k" } }), 403);
    assert.equal(await status("/mixed", { from: "127.0.1.1" }), 403);
    assert.equal(await status("/mixed", { from: "127.0.1.1", headers: { "x-key": "k" } }), 200);
    assert.equal(await status("/mixed", { method: "POST" }), 403);
    assert.equal(await status("/mixed/ab", { method: "DELETE" }), 200);
    assert.equal(await status("/mixed/a", { method: "DELETE" }), 403);
    assert.equal(await status("/mixed/a/b?x", { method: "DELETE" }), 403);
    assert.equal(await status("/mixed/./a", { method: "DELETE" }), 403);
    assert.equal(await status("/two"), 200);
    assert.equal(await status("/two", { method: "POST" }), 403);
    assert.equal(await status("/redirect"), 403);
    assert.equal(await status("/answer"), 403);
  });

  it("sees the client where the gateway's rule says it is", async (t) => {
    const client = { steps: [access({ allow: [who({ clientAddresses: ["203.0.113.7"] })] })] };
    const forwarded = (value: string): Ask => ({ headers: { "x-forwarded-for": value } });
    const direct = await served(t, { rules: { client } });
    if (direct === undefined) return;
    assert.equal(await direct.status("/client", forwarded("203.0.113.7")), 403);
    const hops = await served(t, { rules: { client }, clientAddress: { kind: "trusted-hops", hops: 1 } });
    assert.equal(await hops?.status("/client", forwarded("203.0.113.7")), 200);
    assert.equal(await hops?.status("/client", forwarded("198.51.100.1, 203.0.113.7")), 200);
    assert.equal(await hops?.status("/client", forwarded("203.0.113.7, 198.51.100.1")), 403);
    assert.equal(await hops?.status("/client"), 403);
    const cidrs = await served(t, {
      rules: { client },
      clientAddress: { kind: "trusted-cidrs", cidrs: ["127.0.0.0/30", "198.51.100.0/24"] },
    });
    assert.equal(await cidrs?.status("/client", forwarded("203.0.113.7")), 200);
    assert.equal(await cidrs?.status("/client", forwarded("203.0.113.7, 198.51.100.1")), 200);
    assert.equal(await cidrs?.status("/client", forwarded("203.0.113.7, 192.0.2.1")), 403);
    assert.equal(await cidrs?.status("/client", { ...forwarded("203.0.113.7"), from: "127.0.0.9" }), 403);
  });

  it("takes the address from the PROXY protocol, and nothing without it", async (t) => {
    const live = await served(t, {
      rules: { client: { steps: [access({ allow: [who({ clientAddresses: ["203.0.113.7"] })] })] } },
      clientAddress: { kind: "proxy-protocol" },
    });
    if (live === undefined) return;
    const raw = async (text: string) => {
      const socket = connect(live.port, "127.0.0.1");
      socket.write(text);
      let answer = "";
      socket.on("data", (data: Buffer) => {
        answer += data.toString();
      });
      // A connection that is refused may end with a reset.
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.on("close", resolve));
      return answer.split("\r\n", 1)[0];
    };
    const get = "GET /client HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert.equal(await raw(`PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n${get}`), "HTTP/1.1 200 OK");
    assert.equal(await raw(`PROXY TCP4 203.0.113.8 127.0.0.1 1 2\r\n${get}`), "HTTP/1.1 403 Forbidden");
    assert.equal(await raw(get), "");
  });
});

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
