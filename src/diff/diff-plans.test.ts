import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeTestCertificates } from "../../test/generators/certificates.ts";
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

const certificates = await makeTestCertificates();

/** HTTPS on port 443, with a certificate. */
function secureGateway(listeners: string, spec = "addresses: []"): string {
  const [good] = certificates.good;
  return `---
apiVersion: v1
kind: Secret
metadata: { name: tls, namespace: shop }
type: kubernetes.io/tls
data: { tls.crt: ${btoa(good?.chain ?? "")}, tls.key: ${btoa(good?.key ?? "")} }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: secure, namespace: shop }
spec:
  gatewayClassName: weir
  ${spec}
  listeners:
  - { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: tls }] } }
${listeners}`;
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

  test("connections that nobody reads count too, and requests that such a way takes from HTTPS", async () => {
    const raw = "  - { name: raw, port: 5432, protocol: TCP }\n";
    const passed =
      "  - { name: own, port: 443, protocol: TLS, hostname: own.example.com, tls: { mode: Passthrough } }\n";
    const tcp = (to: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: { name: db, namespace: shop }
spec: { parentRefs: [{ name: secure, sectionName: raw }], rules: [{ backendRefs: [${backend(to)}] }] }
`;
    const diff = await diffOf(secureGateway(raw) + tcp("web"), secureGateway(raw + passed) + tcp("cart"));
    assert.deepEqual(requestsOf(diff), [
      "GET https://own.example.com/: 404 → no answer",
      "tcp://any.example:5432: Service shop/web:80 (~tcp) → Service shop/cart:80 (~tcp)",
    ]);
  });

  test("other authorities under the same name are a change", async () => {
    const { authority, strangeAuthority } = certificates.peers;
    const demand =
      "tls: { frontend: { default: { validation: { caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }] } } } }";
    const trusting = (certificate: string) => `---
apiVersion: v1
kind: ConfigMap
metadata: { name: ca, namespace: shop }
data: { ca.crt: ${JSON.stringify(certificate)} }
${secureGateway("", demand)}`;
    const diff = await diffOf(trusting(authority), trusting(strangeAuthority));
    assert.deepEqual(
      diff.trustBundles.map(({ change, title }) => `${change} ${title}`),
      ["changed of gateway shop/secure, default"],
    );
    assert.equal(summaryOf(diff), "1 set of authorities changes; no request is known to go elsewhere");
  });

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
