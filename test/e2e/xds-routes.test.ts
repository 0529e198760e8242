import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { backend, forwardTo, gateway, listener, originOf, pathIs, rule } from "../../src/compile/testing/nodes.ts";
import type { Match, ValueMatch } from "../../src/model/match.ts";
import type { Forward, Redirect, Rule, RuleEnd } from "../../src/model/rule.ts";
import type { Step } from "../../src/model/step.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { type Answer, type Ask, ask, echoBackend, eventually, freePorts, liveProxy } from "./xds-live-proxy.ts";

const origin = originOf("HTTPRoute", "shop/web");
const section = "shop/edge/http";

type RuleInput = Partial<Omit<Rule, "key" | "attachments">> & { readonly path?: string };

/** Rules by name on one plain listener; each matches the segment prefix `/<name>` unless it says otherwise. */
async function served(t: TestContext, rules: Readonly<Record<string, RuleInput>>, backends = ["web"]) {
  const [port = 0] = await freePorts(1);
  const echoes = await Promise.all(backends.map((name) => echoBackend(t, name)));
  const built = encodedWorld({
    gateways: [gateway("shop/edge")],
    listeners: [listener(section, port, "*", { address: "127.0.0.1" })],
    backends: backends.map((name) => backend(`service/shop/${name}/80`)),
    rules: Object.entries(rules).map(([name, input]) =>
      rule(`httproute/shop/${name}/0/0`, [{ listener: section, hosts: ["*"] }], {
        match: pathIs("segment-prefix", `/${name}`),
        ...input,
      }),
    ),
  });
  built.putEndpoints(
    ...backends.map((name, index) => ({
      key: `shop/${name}/80`,
      endpoints: [{ address: "127.0.0.1", port: echoes[index]?.port ?? 0, state: "serving" as const }],
    })),
  );
  const proxy = await liveProxy(t, built.encoded.planSource, "edge");
  if (proxy === undefined) return undefined;
  const get = (path: string, options: Ask = {}): Promise<Answer> => ask(port, path, options);
  return { get, port, echoes };
}

function forward(more: Partial<Forward>): RuleEnd {
  const base = forwardTo("service/shop/web/80");
  return base.kind === "forward" ? { ...base, ...more } : base;
}

function edits(
  kind: "request-headers" | "response-headers",
  edit: Partial<Extract<Step, { kind: typeof kind }>>,
): Step {
  return { kind, set: [], add: [], remove: [], origin, ...edit };
}

const header = (name: string, value: ValueMatch): Match => ({ kind: "header", name, value });
const not = (of: Match): Match => ({ kind: "not", of });
const all = (...of: Match[]): Match => ({ kind: "all", of });

describe("matches on real Envoy", () => {
  it("finds rules by path, method, headers, query and cookies, negations included", async (t) => {
    const on = (name: string, ...of: Match[]): RuleInput => ({
      match: all(pathIs("segment-prefix", `/${name}`), ...of),
      end: { kind: "respond", status: 200, body: name },
    });
    const live = await served(t, {
      exact: { match: pathIs("exact", "/exact"), end: { kind: "respond", status: 200, body: "exact" } },
      segment: on("segment"),
      text: { match: pathIs("string-prefix", "/text"), end: { kind: "respond", status: 200, body: "text" } },
      regex: { match: pathIs("regex", "/re/[0-9]+"), end: { kind: "respond", status: 200, body: "regex" } },
      post: on("post", { kind: "method", method: "POST" }),
      notpost: on("notpost", not({ kind: "method", method: "POST" })),
      h1: on("h1", header("x-a", { kind: "exact", value: "1" })),
      h2: on("h2", header("x-a", { kind: "regex", value: "a+" })),
      h3: on("h3", header("x-a", { kind: "present" })),
      h4: on("h4", not(header("x-a", { kind: "exact", value: "1" }))),
      h5: on("h5", not(header("x-a", { kind: "present" }))),
      h6: on("h6", header("x-a", { kind: "exact", value: "Up", ignoreCase: true })),
      q1: on("q1", { kind: "query", name: "a", value: { kind: "exact", value: "1" } }),
      q2: on("q2", { kind: "query", name: "a", value: { kind: "present" } }),
      c1: on("c1", { kind: "cookie", name: "a", value: { kind: "prefix", value: "1" } }),
      c2: on("c2", not({ kind: "cookie", name: "a", value: { kind: "exact", value: "1" } })),
      c3: on("c3", { kind: "cookie", name: "a", value: { kind: "present" } }),
    });
    if (live === undefined) return;
    const expectations: [string, Ask, boolean][] = [
      ["/exact", {}, true],
      ["/exact/", {}, false],
      ["/exact?x=1", {}, true],
      ["/segment", {}, true],
      ["/segment/", {}, true],
      ["/segment/a/b?c", {}, true],
      ["/segments", {}, false],
      ["/textile", {}, true],
      ["/re/12", {}, true],
      ["/re/12a", {}, false],
      ["/post", {}, false],
      ["/post", { method: "POST" }, true],
      ["/notpost", {}, true],
      ["/notpost", { method: "POST" }, false],
      ["/h1", { headers: { "x-a": "1" } }, true],
      ["/h1", { headers: { "x-a": "2" } }, false],
      ["/h1", {}, false],
      ["/h2", { headers: { "x-a": "aaa" } }, true],
      ["/h2", { headers: { "x-a": "aab" } }, false],
      ["/h3", { headers: { "x-a": "" } }, true],
      ["/h3", {}, false],
      ["/h4", { headers: { "x-a": "1" } }, false],
      ["/h4", { headers: { "x-a": "2" } }, true],
      ["/h4", {}, true],
      ["/h5", {}, true],
      ["/h5", { headers: { "x-a": "2" } }, false],
      ["/h6", { headers: { "x-a": "uP" } }, true],
      ["/q1?a=1", {}, true],
      ["/q1?a=12", {}, false],
      ["/q1", {}, false],
      ["/q2?a", {}, true],
      ["/q2?b", {}, false],
      ["/c1", { headers: { cookie: "b=2; a=12" } }, true],
      ["/c1", { headers: { cookie: "a=2" } }, false],
      ["/c2", { headers: { cookie: "a=1" } }, false],
      ["/c2", { headers: { cookie: "a=2" } }, true],
      ["/c2", {}, true],
      ["/c3", { headers: { cookie: "a=2" } }, true],
      ["/c3", { headers: { cookie: "b=2" } }, false],
    ];
    for (const [path, options, matches] of expectations) {
      const answer = await live.get(path, options);
      assert.equal(answer.status, matches ? 200 : 404, `${options.method ?? "GET"} ${path} ${JSON.stringify(options)}`);
    }
  });

  it("takes a share of the traffic independently of the split behind it", async (t) => {
    const split = forwardTo("service/shop/web/80", "service/shop/other/80");
    const live = await served(
      t,
      {
        share: {
          match: all(pathIs("segment-prefix", "/share"), { kind: "share", numerator: 25, denominator: 100 }),
          end:
            split.kind === "forward"
              ? { ...split, backends: split.backends.map((one) => ({ ...one, weight: 50 })) }
              : split,
        },
      },
      ["web", "other"],
    );
    if (live === undefined) return;
    const counts = new Map<string, number>();
    for (let index = 0; index < 800; index++) {
      const answer = await live.get("/share");
      const key = answer.seen?.backend ?? String(answer.status);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const [web = 0, other = 0, none = 0] = [counts.get("web"), counts.get("other"), counts.get("404")];
    assert.equal(web + other + none, 800);
    // 200 expected with a standard deviation of 12; of those, half each.
    assert.ok(web + other > 130 && web + other < 270, `${web + other} of 800`);
    assert.ok(web > 50 && other > 50, `${web} and ${other}`);
  });
});

describe("ends on real Envoy", () => {
  it("redirects with the scheme, host, port and path that were asked for", async (t) => {
    const to = (redirect: Partial<Redirect>, match?: Match): RuleInput => ({
      end: { kind: "redirect", status: 302, ...redirect },
      ...(match === undefined ? {} : { match }),
    });
    const live = await served(t, {
      https: to({ scheme: "https" }),
      httpsport: to({ scheme: "https", port: 8443 }),
      host: to({ host: "b.example.com" }),
      host80: to({ host: "b.example.com", port: 80 }),
      port: to({ port: 9999, status: 307 }),
      full: to({ path: { kind: "full", value: "/new" } }),
      prefix: to({ path: { kind: "prefix", value: "/new/" } }),
      strip: to({ path: { kind: "prefix", value: "/" } }),
      empty: to({ path: { kind: "prefix", value: "" } }),
    });
    if (live === undefined) return;
    const { get, port } = live;
    const locations: [string, string][] = [
      ["/https/x?a=1", "https://a.example.com:443/https/x?a=1"],
      ["/httpsport", "https://a.example.com:8443/httpsport"],
      ["/host", `http://b.example.com:${port}/host`],
      ["/host80", "http://b.example.com/host80"],
      ["/port", "http://a.example.com:9999/port"],
      ["/full/x?a=1", `http://a.example.com:${port}/new?a=1`],
      ["/prefix", `http://a.example.com:${port}/new`],
      ["/prefix/", `http://a.example.com:${port}/new/`],
      ["/prefix/x?a=1", `http://a.example.com:${port}/new/x?a=1`],
      ["/strip", `http://a.example.com:${port}/`],
      ["/strip/", `http://a.example.com:${port}/`],
      ["/strip/x?a=1", `http://a.example.com:${port}/x?a=1`],
      ["/strip?a=1", `http://a.example.com:${port}/?a=1`],
      ["/empty/x", `http://a.example.com:${port}/x`],
    ];
    for (const [path, location] of locations) {
      const answer = await get(path, { host: `a.example.com:${port}` });
      assert.equal(answer.headers.location, location, path);
    }
    assert.equal((await get("/port")).status, 307);
    assert.equal((await get("/full")).headers.location, `http://a.example.com:${port}/new`, "a host without its port");
  });

  it("rewrites paths and hosts on the way to the backend", async (t) => {
    const live = await served(t, {
      full: { end: forward({ pathRewrite: { kind: "full", value: "/a\\b" } }) },
      prefix: { end: forward({ pathRewrite: { kind: "prefix", value: "/new" } }) },
      strip: { end: forward({ pathRewrite: { kind: "prefix", value: "/" } }) },
      regex: {
        end: forward({ pathRewrite: { kind: "regex", pattern: "^/regex/(\\w+)", substitution: "/\\1/re" } }),
      },
      root: {
        match: pathIs("segment-prefix", "/"),
        end: forward({ pathRewrite: { kind: "prefix", value: "/base/" } }),
      },
      exact: { match: pathIs("exact", "/exact"), end: forward({ pathRewrite: { kind: "prefix", value: "/e" } }) },
      host: { end: forward({ hostRewrite: { kind: "literal", value: "other.example.com" } }) },
      sethost: { steps: [edits("request-headers", { set: [{ name: "Host", value: "set.example.com" }] })] },
    });
    if (live === undefined) return;
    const urls: [string, string][] = [
      ["/full/x?q=1", "/a\\b?q=1"],
      ["/prefix/x?q=1", "/new/x?q=1"],
      ["/prefix", "/new"],
      ["/strip/x", "/x"],
      ["/strip?q=1", "/?q=1"],
      ["/regex/cat/x", "/cat/re/x"],
      ["/some/where", "/base/some/where"],
      ["/", "/base/"],
      ["/exact?q", "/e?q"],
    ];
    for (const [path, url] of urls) assert.equal((await live.get(path)).seen?.url, url, path);
    const rewritten = await live.get("/host");
    assert.equal(rewritten.seen?.headers.host, "other.example.com");
    assert.equal(rewritten.seen?.headers["x-forwarded-host"], "a.example.com");
    assert.equal((await live.get("/sethost")).seen?.headers.host, "set.example.com");
    assert.equal((await live.get("/prefix", { host: "a.example.com:81" })).seen?.headers.host, "a.example.com:81");
  });

  it("edits headers in the order of the steps, values taken literally", async (t) => {
    const web = "service/shop/web/80";
    const live = await served(t, {
      plain: {
        steps: [
          edits("request-headers", {
            set: [{ name: "X-Set", value: "100% %REQ(host)%" }],
            add: [{ name: "x-many", value: "2" }],
            remove: ["x-gone"],
          }),
          edits("request-headers", { set: [{ name: "x-later", value: "" }], remove: ["x-set2"] }),
          edits("response-headers", { set: [{ name: "x-backend-kind", value: "%" }], remove: ["content-type"] }),
        ],
      },
      layered: {
        steps: [
          edits("request-headers", { set: [{ name: "x-level", value: "rule" }] }),
          edits("response-headers", { set: [{ name: "x-level", value: "rule" }] }),
        ],
        end: forward({
          backends: [
            {
              weight: 1,
              target: { kind: "backend", backend: web },
              steps: [
                edits("request-headers", { set: [{ name: "x-level", value: "backend" }] }),
                edits("response-headers", { add: [{ name: "x-level", value: "backend" }] }),
              ],
              origin,
            },
            { weight: 0, target: { kind: "backend", backend: web }, steps: [], origin },
            {
              weight: 1,
              target: { kind: "backend", backend: web },
              steps: [
                edits("request-headers", { set: [{ name: "x-level", value: "backend" }] }),
                edits("response-headers", { add: [{ name: "x-level", value: "backend" }] }),
              ],
              origin,
            },
          ],
        }),
      },
      redirected: {
        steps: [edits("response-headers", { set: [{ name: "x-edited", value: "yes" }] })],
        end: { kind: "redirect", status: 302, host: "b.example.com" },
      },
    });
    if (live === undefined) return;
    const plain = await live.get("/plain", { headers: { "x-gone": "1", "x-set": "0", "x-set2": "1", "x-many": "1" } });
    assert.equal(plain.seen?.headers["x-set"], "100% %REQ(host)%");
    assert.equal(plain.seen?.headers["x-many"], "1, 2");
    assert.equal(plain.seen?.headers["x-gone"], undefined);
    assert.equal(plain.seen?.headers["x-set2"], undefined);
    assert.equal(plain.seen?.headers["x-later"], "");
    assert.equal(plain.headers["x-backend-kind"], "%");
    assert.equal(plain.headers["content-type"], undefined);
    const layered = await live.get("/layered");
    assert.equal(layered.seen?.headers["x-level"], "backend");
    assert.equal(layered.headers["x-level"], "rule, backend");
    assert.equal((await live.get("/redirected")).headers["x-edited"], "yes");
  });

  it("splits by weight, answers the share of unusable backends, and nothing but 500 where all weights are zero", async (t) => {
    const target = (backendName: string, weight: number) => ({
      weight,
      target: { kind: "backend", backend: `service/shop/${backendName}/80` } as const,
      steps: [],
      origin,
    });
    const unusable = (weight: number, status: number) => ({
      weight,
      target: { kind: "respond", status } as const,
      steps: [],
      origin,
    });
    const live = await served(
      t,
      {
        split: { end: forward({ backends: [target("web", 9), target("other", 1)] }) },
        half: { end: forward({ backends: [target("web", 1), unusable(1, 500)] }) },
        gone: { end: forward({ backends: [unusable(1, 503)] }) },
        zero: { end: forward({ backends: [target("web", 0)] }) },
        undefined: { end: forward({ backends: [target("nowhere", 1)] }) },
      },
      ["web", "other"],
    );
    if (live === undefined) return;
    const count = async (path: string, times: number) => {
      const counts: Record<string, number> = {};
      for (let index = 0; index < times; index++) {
        const answer = await live.get(path);
        const key = answer.seen?.backend ?? String(answer.status);
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    };
    const split = await count("/split", 300);
    assert.equal((split.web ?? 0) + (split.other ?? 0), 300);
    assert.ok((split.other ?? 0) > 8 && (split.other ?? 0) < 70, JSON.stringify(split));
    const half = await count("/half", 200);
    assert.equal((half.web ?? 0) + (half["500"] ?? 0), 200);
    assert.ok((half["500"] ?? 0) > 60 && (half["500"] ?? 0) < 140, JSON.stringify(half));
    assert.equal((await live.get("/gone")).status, 503);
    assert.equal((await live.get("/zero")).status, 500);
    assert.equal((await live.get("/undefined")).status, 500);
  });

  it("mirrors a share of the requests", async (t) => {
    const mirror = (numerator: number): Step => ({
      kind: "mirror",
      backend: "service/shop/other/80",
      numerator,
      denominator: 3,
      origin,
    });
    const live = await served(t, { every: { steps: [mirror(3)] }, some: { steps: [mirror(1)] } }, ["web", "other"]);
    if (live === undefined) return;
    for (let index = 0; index < 20; index++) assert.equal((await live.get("/every")).seen?.backend, "web");
    const mirrored = () => live.echoes[1]?.seen.length ?? 0;
    await eventually(
      () => mirrored() === 20,
      () => `${mirrored()} of 20 were mirrored`,
    );
    assert.equal(live.echoes[1]?.seen[0]?.headers.host, "a.example.com");
    for (let index = 0; index < 300; index++) await live.get("/some");
    await eventually(
      () => mirrored() > 20 + 50,
      () => `${mirrored() - 20} of 300 were mirrored`,
    );
    assert.ok(mirrored() - 20 < 160, `${mirrored() - 20} of 300 were mirrored`);
  });
});
