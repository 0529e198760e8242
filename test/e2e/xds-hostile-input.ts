import fc from "fast-check";
import { originOf } from "../../src/compile/testing/nodes.ts";
import type { Backend } from "../../src/model/backend.ts";
import type { Match, PathMatch, ValueMatch } from "../../src/model/match.ts";
import type { PathRewrite, Rule, RuleEnd } from "../../src/model/rule.ts";
import type { AccessRule, Step } from "../../src/model/step.ts";

const origin = originOf("HTTPRoute", "shop/web");
/** Text as dialects may let it through, and text as none should. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "/",
    "//",
    "/a",
    "/a/",
    "/a?b",
    "/a#b",
    "a b",
    "%",
    "%REQ(x)%",
    "%%",
    "\0",
    "\r\n",
    "é",
    "日本",
    "\\1",
    "\\",
  ),
  fc.constantFrom(
    ":path",
    "host",
    "Host",
    ":authority",
    "x-a",
    "X_A",
    "content-length",
    "*",
    "*.a",
    "a.*",
    "10.0.0.0/8",
    "::/0",
  ),
  fc.constantFrom(
    "(",
    "[a",
    "a{2000}",
    "(a{500}){500}",
    "\\pL+",
    "\\x{100}",
    "[é-ü]",
    "(?i)a",
    "a*?",
    "\\C",
    "(?P<n>a)",
    "^/(.*)$",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constant("x".repeat(20_000)),
);
const number = fc.constantFrom(
  -1,
  0,
  1,
  2,
  99,
  100,
  599,
  600,
  1_000_000,
  4_294_967_295,
  4_294_967_296,
  0.5,
  Number.MAX_SAFE_INTEGER,
);
const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 2 });

const pathMatch: fc.Arbitrary<PathMatch> = fc.record({
  kind: fc.constantFrom("exact", "segment-prefix", "string-prefix", "regex"),
  value: fc.oneof({ weight: 3, arbitrary: fc.constantFrom("/", "/a", "/a/b") }, text),
});
const valueMatch: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({ kind: fc.constantFrom("exact", "prefix", "suffix", "contains", "regex"), value: text }),
  fc.constant({ kind: "present" } as const),
);
const predicate: fc.Arbitrary<Match> = fc.oneof(
  fc.record({ kind: fc.constant("path" as const), path: pathMatch }),
  fc.record({ kind: fc.constant("method" as const), method: text }),
  fc.record({ kind: fc.constantFrom("header", "query", "cookie"), name: text, value: valueMatch }),
  fc.record({ kind: fc.constant("share" as const), numerator: number, denominator: number }),
  fc.record({ kind: fc.constant("client-address" as const), cidrs: list(text) }),
);
const match: fc.Arbitrary<Match> = fc.record({
  kind: fc.constant("all" as const),
  of: list(
    fc.oneof(
      predicate,
      predicate.map((of) => ({ kind: "not" as const, of })),
    ),
  ),
});
const headerValue = fc.record({ name: text, value: text });
const edits = fc.record({
  kind: fc.constantFrom("request-headers", "response-headers"),
  set: list(headerValue),
  add: list(headerValue),
  remove: list(text),
  origin: fc.constant(origin),
});
const accessRule: fc.Arbitrary<AccessRule> = fc.record(
  {
    name: text,
    clientAddresses: list(text),
    methods: list(text),
    pathPrefixes: list(text),
    headers: list(fc.record({ name: text, value: valueMatch })),
    jwtClaims: list(fc.record({ provider: fc.constant("p"), claim: text, values: list(text) })),
    origin: fc.constant(origin),
  },
  { requiredKeys: ["name", "origin"] },
);
const keySet = fc.oneof(
  text,
  fc.constant('{"keys":[]}'),
  fc.constant('{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"HS256"}]}'),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: edits },
  fc.record({
    kind: fc.constant("mirror" as const),
    backend: fc.constant("service/shop/web/80"),
    numerator: number,
    denominator: number,
    origin: fc.constant(origin),
  }),
  fc.record({
    kind: fc.constant("cors" as const),
    allowOrigins: list(text),
    allowMethods: list(text),
    allowHeaders: list(text),
    exposeHeaders: list(text),
    allowCredentials: fc.boolean(),
    maxAgeSeconds: number,
    origin: fc.constant(origin),
  }),
  fc.record({
    kind: fc.constant("authorize" as const),
    instance: text,
    deny: list(accessRule),
    allow: list(accessRule),
    origin: fc.constant(origin),
  }),
  fc.record({
    kind: fc.constant("jwt" as const),
    instance: fc.uuid(),
    providers: list(
      fc.record({
        name: fc.constant("p"),
        issuer: text,
        audiences: list(text),
        keys: fc.oneof(
          fc.record({ kind: fc.constant("inline" as const), jwks: keySet }),
          fc.record({
            kind: fc.constant("remote" as const),
            url: text,
            backend: fc.constant("service/shop/web/80"),
            cacheSeconds: number,
          }),
        ),
        fromHeaders: list(fc.record({ name: text, prefix: text })),
        fromQueryParameters: list(text),
        claimsToHeaders: list(fc.record({ claim: text, header: text })),
        forward: fc.boolean(),
        origin: fc.constant(origin),
      }),
    ),
    allowMissing: fc.boolean(),
    origin: fc.constant(origin),
  }),
);
const rewrite: fc.Arbitrary<PathRewrite> = fc.oneof(
  fc.record({ kind: fc.constantFrom("full", "prefix"), value: text }),
  fc.record({ kind: fc.constant("regex" as const), pattern: text, substitution: text }),
);
const end: fc.Arbitrary<RuleEnd> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("redirect" as const),
      status: fc.constantFrom(301, 302, 303, 307, 308),
      scheme: fc.constantFrom("http", "https"),
      host: text,
      port: number,
      path: rewrite,
    },
    { requiredKeys: ["kind", "status"] },
  ),
  fc.record({ kind: fc.constant("respond" as const), status: number, body: text }),
  fc.record(
    {
      kind: fc.constant("forward" as const),
      backends: list(
        fc.record({
          weight: number,
          target: fc.oneof(
            fc.constant({ kind: "backend", backend: "service/shop/web/80" } as const),
            fc.record({ kind: fc.constant("respond" as const), status: number }),
          ),
          steps: list(edits),
          origin: fc.constant(origin),
        }),
      ),
      upgrades: fc.constantFrom([], ["websocket" as const]),
      hostRewrite: fc.oneof(
        fc.record({ kind: fc.constant("literal" as const), value: text }),
        fc.constant({ kind: "backend-host" } as const),
      ),
      pathRewrite: rewrite,
    },
    { requiredKeys: ["kind", "backends", "upgrades"] },
  ),
);
/** Everything a rule can say, with values good and bad. It forwards to `service/shop/web/80`. */
export const hostileRule: fc.Arbitrary<Partial<Rule>> = fc.record(
  {
    match,
    steps: list(step),
    end,
    timeouts: fc.record({ requestMs: number, backendRequestMs: number, idleMs: number }, { requiredKeys: [] }),
    retry: fc.record(
      {
        attempts: number,
        backoffMs: number,
        statusCodes: list(number),
        onConnectFailure: fc.boolean(),
        onReset: fc.boolean(),
        perTryTimeoutMs: number,
      },
      { requiredKeys: ["attempts", "statusCodes", "onConnectFailure", "onReset"] },
    ),
    affinity: fc.oneof(
      fc.record({ kind: fc.constant("cookie" as const), name: text, path: text, ttlSeconds: number }),
      fc.record({ kind: fc.constant("header" as const), name: text }),
    ),
  },
  { requiredKeys: ["match", "end"] },
);
/** Settings of a backend, good and bad. */
export const hostileBackend: fc.Arbitrary<Partial<Backend>> = fc.record(
  {
    protocol: fc.constantFrom("http1", "h2c", "tls-http1", "tls-h2"),
    location: fc.oneof(
      fc.record({ kind: fc.constant("dns" as const), host: text, port: number }),
      fc.constant({ kind: "endpoints", set: "shop/web/80" } as const),
    ),
    tls: fc.record({
      serverName: text,
      trust: fc.oneof(
        fc.constant({ kind: "system" } as const),
        fc.record({ kind: fc.constant("pem" as const), certificates: text }),
      ),
      subjectAltNames: list(fc.record({ kind: fc.constantFrom("dns", "uri"), value: text })),
    }),
    connectTimeoutMs: number,
  },
  { requiredKeys: ["protocol", "connectTimeoutMs"] },
);
