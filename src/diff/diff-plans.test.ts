import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { plainStyler } from "../explain/styler.ts";
import { diffPlans } from "./diff-plans.ts";
import type { PlanDiff } from "./plan-diff.ts";
import { renderDiff, summaryOf } from "./render.ts";
import { backend, gateway, ingress, prefixRule, route, service } from "./testing/objects.ts";
import { sideOf } from "./testing/sides.ts";

const base = gateway + service("web") + service("cart") + service("cart-v2");
const shop = (...rules: readonly string[]): string => route("web", ["shop.example.com"], ...rules);

/** Both sides have `base`. */
async function diffOf(before: string, after: string): Promise<PlanDiff> {
  const [old, young] = [await sideOf(base + before), await sideOf(base + after)];
  return diffPlans(old.pipeline, young.pipeline);
}

function requestsOf({ requests }: PlanDiff): readonly string[] {
  return requests.changes.map(({ title, before, after }) => `${title}: ${before.text} → ${after.text}`);
}

interface Case {
  readonly about: string;
  readonly before: string;
  readonly after: string;
  readonly summary: string;
  readonly requests: readonly string[];
}

const cart = prefixRule("/cart", backend("cart"));
const web = prefixRule("/", backend("web"));
const marked = `{ matches: [{ path: { value: /cart }, headers: [{ name: x-mark, value: "yes" }] }], backendRefs: [${backend("cart")}] }`;

const cases: readonly Case[] = [
  {
    about: "a rule that goes lets a shorter prefix take over",
    before: shop(web, cart),
    after: shop(web),
    summary: "1 host, 1 rule, 1 cluster change; 1 kind of requests goes elsewhere",
    requests: ["GET http://shop.example.com/cart: Service shop/cart:80 → Service shop/web:80"],
  },
  {
    about: "no other rule takes over: 404",
    before: shop(
      prefixRule("/web", backend("web")),
      prefixRule("/cart", `${backend("cart", 90)}, ${backend("cart-v2", 10)}`),
    ),
    after: shop(prefixRule("/web", backend("web"))),
    summary: "1 host, 1 rule, 2 clusters change; 1 kind of requests goes elsewhere",
    requests: ["GET http://shop.example.com/cart: Service shop/cart:80 (90 %), Service shop/cart-v2:80 (10 %) → 404"],
  },
  {
    about: "weights shift",
    before: shop(prefixRule("/", `${backend("cart", 90)}, ${backend("cart-v2", 10)}`)),
    after: shop(prefixRule("/", `${backend("cart", 1)}, ${backend("cart-v2", 1)}`)),
    summary: "1 rule changes; 1 kind of requests goes elsewhere",
    requests: [
      "GET http://shop.example.com/: Service shop/cart:80 (90 %), Service shop/cart-v2:80 (10 %) → Service shop/cart:80 (50 %), Service shop/cart-v2:80 (50 %)",
    ],
  },
  {
    about: "a header decides anew",
    before: shop(web),
    after: shop(
      web,
      `{ matches: [{ headers: [{ name: x-canary, value: "yes" }] }], backendRefs: [${backend("cart-v2")}] }`,
    ),
    summary: "1 host, 1 rule, 1 cluster change; 1 kind of requests goes elsewhere",
    requests: ["GET http://shop.example.com/ with x-canary: yes: Service shop/web:80 → Service shop/cart-v2:80"],
  },
  {
    about: "a rule that goes kept something from one behind it, and leads where the next one does",
    before: shop(
      web,
      marked,
      `{ matches: [{ path: { value: /cart }, method: GET }], backendRefs: [${backend("web")}] }`,
    ),
    after: shop(web, marked),
    summary: "1 host, 1 rule change; 1 kind of requests goes elsewhere",
    requests: ["GET http://shop.example.com/cart with x-mark: yes: Service shop/web:80 → Service shop/cart:80"],
  },
  {
    about: "a regular expression becomes narrower",
    before: shop(
      `{ matches: [{ path: { type: RegularExpression, value: "/item/[a-z0-9]+" } }], backendRefs: [${backend("web")}] }`,
    ),
    after: shop(
      `{ matches: [{ path: { type: RegularExpression, value: "/item/[0-9]{3}" } }], backendRefs: [${backend("web")}] }`,
    ),
    summary: "1 rule changes; 1 kind of requests goes elsewhere",
    requests: ["GET http://shop.example.com/item/a: Service shop/web:80 → 404"],
  },
  {
    about: "an exact host takes requests from the wildcard, whose rules do not fall through",
    before: ingress("all", "*.example.com", "/", "web"),
    after: ingress("all", "*.example.com", "/", "web") + ingress("one", "a.example.com", "/cart", "cart"),
    summary: "1 host, 1 rule, 1 cluster change; 2 kinds of requests go elsewhere",
    requests: [
      "GET http://a.example.com/: Service shop/web:80 → 404",
      "GET http://a.example.com/cart: Service shop/web:80 → Service shop/cart:80",
    ],
  },
  {
    about: "a redirect goes to another host",
    before: shop("{ filters: [{ type: RequestRedirect, requestRedirect: { hostname: a.org } }] }"),
    after: shop("{ filters: [{ type: RequestRedirect, requestRedirect: { hostname: b.org } }] }"),
    summary: "1 rule changes; 1 kind of requests goes elsewhere",
    requests: ["GET http://shop.example.com/: redirect 302 to http://a.org/ → redirect 302 to http://b.org/"],
  },
  {
    about: "endpoints move: a change for proxies, none for where requests are meant to go",
    before: shop(prefixRule("/", backend("other"))) + service("other", "10.0.0.8"),
    after: shop(prefixRule("/", backend("other"))) + service("other", "10.0.0.9"),
    summary: "1 cluster changes; no request is known to go elsewhere",
    requests: [],
  },
];

describe("a diff of plans", () => {
  for (const { about, before, after, summary, requests } of cases) {
    test(about, async () => {
      const diff = await diffOf(before, after);
      assert.deepEqual(requestsOf(diff), requests);
      assert.equal(summaryOf(diff), summary);
    });
  }

  test("nothing but comments, order of documents and places in lists: nothing changes", async () => {
    const old = await sideOf(base + shop(web) + route("x", ["x.org"], cart));
    const young = await sideOf(`# a comment\n${route("x", ["x.org"], cart)}${base}${shop(web)}`);
    const diff = diffPlans(old.pipeline, young.pipeline);
    assert.equal(
      renderDiff(diff, { before: old.locate, after: young.locate }, plainStyler),
      "nothing changes for any proxy\n",
    );
  });

  test("rules behind a new one keep their story under new names", async () => {
    const added = prefixRule("/new", backend("cart"));
    const diff = await diffOf(shop(web, cart), shop(added, web, cart));
    assert.deepEqual(
      diff.rules.map(({ change, key }) => `${change} ${key.split("|")[0]}`),
      ["added httproute/shop/web/0/0"],
    );
    assert.equal(diff.renamedRules.length, 2);
    assert.deepEqual(requestsOf(diff), ["GET http://shop.example.com/new: Service shop/web:80 → Service shop/cart:80"]);
  });

  test("every host counts on its own port and says so", async () => {
    const diff = await diffOf("", route("web", ["a.org", "*.b.org"], web));
    assert.deepEqual(
      diff.hosts.map(({ change, title }) => `${change} ${title}`),
      ["added *.b.org on tcp/*/80", "added a.org on tcp/*/80"],
    );
    const [change] = diff.requests.changes;
    assert.equal(change?.title, "GET http://a.org/");
    assert.ok(change.alike.includes("GET http://any.b.org/"), "a label stands for the wildcard");
  });

  test("what is over the limit is counted, and requests rules are for come first", async () => {
    const before = await sideOf(base);
    const after = await sideOf(base + route("web", ["a.org", "b.org"], web, cart));
    const all = diffPlans(before.pipeline, after.pipeline);
    const cut = diffPlans(before.pipeline, after.pipeline, { mostSamples: 3 });
    assert.equal(cut.requests.evaluated, 3);
    assert.equal(cut.requests.leftOut, all.requests.evaluated - 3);
    assert.ok(cut.requests.changes.length > 0);
    assert.match(summaryOf(cut), /at least/);
  });
});

test("a diff for people names parts, fields, lines, requests and a sum", async () => {
  const old = await sideOf(base + shop(web, cart));
  const young = await sideOf(base + shop(web, prefixRule("/cart", backend("cart-v2"), ", timeouts: { request: 2s }")));
  const text = renderDiff(
    diffPlans(old.pipeline, young.pipeline),
    { before: old.locate, after: young.locate },
    plainStyler,
  );
  assert.equal(
    text,
    `~ rule httproute shop/web, rule 1, match 0 (http, port 80)
    HTTPRoute shop/web spec.rules[1].matches[0]  <stdin>:58:17
    to: Service shop/cart:80 → Service shop/cart-v2:80
    + request timeout: 2000 ms

+ cluster Service shop/cart-v2:80
    Service shop/cart-v2 spec.ports[0]  <stdin>:41:17
    protocol: http1
    endpoints: 10.0.0.1:80

- cluster Service shop/cart:80
    was Service shop/cart spec.ports[0]  <stdin>:29:17
    protocol: http1
    endpoints: 10.0.0.1:80

Requests that go elsewhere

  GET http://shop.example.com/cart
      Service shop/cart:80 → Service shop/cart-v2:80
      by HTTPRoute shop/web spec.rules[1].matches[0]  <stdin>:58:17
      also GET http://shop.example.com/cart/below

1 rule, 2 clusters change; 1 kind of requests goes elsewhere
`,
  );
});
