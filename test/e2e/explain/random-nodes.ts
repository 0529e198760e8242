import fc from "fast-check";
import {
  backend,
  certificate,
  gateway,
  httpsListener,
  listener,
  originOf,
  rule,
} from "../../../src/compile/testing/nodes.ts";
import type { Nodes } from "../../../src/compile/testing/world.ts";
import type { ClientAddressRule, EdgeOptions, Listener, TlsCertificate } from "../../../src/model/gateway.ts";
import type { Match, PathMatch, ValueMatch } from "../../../src/model/match.ts";
import type { Rule, RuleEnd } from "../../../src/model/rule.ts";
import type { HeaderEdits, Step } from "../../../src/model/step.ts";
import { intersectHosts } from "../../../src/references/hostnames.ts";

/** Random configurations of few names, so that rules compete for requests. Each rule says its name in a response header. */

export const backendNames = ["web", "cart"] as const;
export const certificateKey = "infra/cert";
/** Where the answers of a rule say which one it is. */
export const ruleHeader = "x-rule";

const hostPatterns = ["*", "*", "*.com", "*.b.com", "b.com", "a.b.com", "a.b.com", "c.org", "x.a.b.com"] as const;
const origin = originOf("HTTPRoute", "shop/web");
const rarely = { arbitrary: fc.constant(true), weight: 1 };
const mostlyNot = { arbitrary: fc.constant(false), weight: 6 };

const pathArb: fc.Arbitrary<PathMatch> = fc.oneof(
  fc
    .record({
      kind: fc.constantFrom("exact", "segment-prefix", "segment-prefix", "string-prefix"),
      value: fc.constantFrom("/", "/", "/a", "/a/b", "/A", "/shop", "/a%2Fb", "/shop/cart"),
    })
    .map((path): PathMatch => path),
  fc
    .record({
      value: fc.constantFrom("/a.*", "/(a|shop)", "/[a-z]+/b", "/shop/[^/]+", ".*t"),
      ignoreCase: fc.boolean(),
    })
    .map((path): PathMatch => ({ kind: "regex", ...path })),
);

const valueArb: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({ kind: fc.constant("exact" as const), value: fc.constantFrom("1", "beta", ""), ignoreCase: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("prefix", "suffix", "contains"), value: fc.constantFrom("b", "ta", "1") }),
  fc.record({ kind: fc.constant("regex" as const), value: fc.constantFrom("[0-9]+", "b.*|1", "(?i)BETA") }),
  fc.constant<ValueMatch>({ kind: "present" }),
);

const leafArb: fc.Arbitrary<Match> = fc.oneof(
  fc.constantFrom("GET", "POST").map((method): Match => ({ kind: "method", method })),
  fc
    .record({ name: fc.constantFrom("x-canary", "x-b", ":authority", "cookie"), value: valueArb })
    .map((one): Match => ({ kind: "header", ...one })),
  fc.record({ name: fc.constantFrom("q", "r"), value: valueArb }).map((one): Match => ({ kind: "query", ...one })),
  fc.record({ name: fc.constantFrom("c", "d"), value: valueArb }).map((one): Match => ({ kind: "cookie", ...one })),
  fc.constantFrom(0, 30, 100).map((numerator): Match => ({ kind: "share", numerator, denominator: 100 })),
);

const termArb: fc.Arbitrary<Match> = fc.oneof(
  { arbitrary: leafArb, weight: 4 },
  { arbitrary: leafArb.map((of): Match => ({ kind: "not", of })), weight: 1 },
  { arbitrary: fc.array(leafArb, { minLength: 2, maxLength: 2 }).map((of): Match => ({ kind: "any", of })), weight: 1 },
  { arbitrary: pathArb.map((path): Match => ({ kind: "not", of: { kind: "path", path } })), weight: 1 },
);

const matchArb: fc.Arbitrary<Match> = fc
  .record({
    path: pathArb,
    terms: fc.oneof(
      { arbitrary: fc.constant<Match[]>([]), weight: 3 },
      { arbitrary: fc.array(termArb, { maxLength: 2 }), weight: 2 },
    ),
    alternative: fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary: pathArb, weight: 1 }),
  })
  .map(({ path, terms, alternative }): Match => {
    const own: Match = { kind: "all", of: [{ kind: "path", path }, ...terms] };
    return alternative === undefined ? own : { kind: "any", of: [own, { kind: "path", path: alternative }] };
  });

const editsArb: fc.Arbitrary<HeaderEdits> = fc.record({
  set: fc.constantFrom([], [{ name: "x-set", value: "set" }], [{ name: "x-canary", value: "50%" }]),
  add: fc.constantFrom([], [{ name: "x-canary", value: "added" }]),
  remove: fc.constantFrom([], ["x-b"]),
});

const accessArb: fc.Arbitrary<Step> = fc
  .record({
    deny: fc.boolean(),
    clientAddresses: fc.option(fc.constantFrom(["127.0.0.2/32"], ["127.0.0.0/30", "10.0.0.0/8"]), { nil: undefined }),
    methods: fc.option(fc.constantFrom(["POST"], ["GET", "POST"]), { nil: undefined }),
    pathPrefixes: fc.option(fc.constantFrom(["/a"], ["/shop/cart", "/b"]), { nil: undefined }),
  })
  .map(({ deny, clientAddresses, methods, pathPrefixes }): Step => {
    const rules = [
      {
        name: "random",
        origin,
        ...(clientAddresses === undefined ? {} : { clientAddresses }),
        ...(methods === undefined ? {} : { methods }),
        ...(pathPrefixes === undefined ? {} : { pathPrefixes }),
      },
    ];
    return { kind: "authorize", instance: "random", deny: deny ? rules : [], allow: deny ? [] : rules, origin };
  });

const corsStep: Step = {
  kind: "cors",
  allowOrigins: ["https://ok.example", "https://*.ok.example"],
  allowMethods: ["GET"],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
  origin,
};

const stepsArb: fc.Arbitrary<readonly Step[]> = fc
  .record({
    access: fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary: accessArb, weight: 1 }),
    cors: fc.oneof(rarely, mostlyNot),
    edits: fc.option(editsArb, { nil: undefined }),
  })
  .map(({ access, cors, edits }) => [
    ...(cors ? [corsStep] : []),
    ...(access === undefined ? [] : [access]),
    ...(edits === undefined ? [] : [{ kind: "request-headers" as const, ...edits, origin }]),
  ]);

const pathRewriteArb = fc.oneof(
  fc.constantFrom("/", "/new", "/new/").map((value) => ({ kind: "full" as const, value })),
  fc.constantFrom("", "/", "/new", "/new/").map((value) => ({ kind: "prefix" as const, value })),
  fc.constantFrom("/x\\1", "/\\\\\\0").map((substitution) => ({
    kind: "regex" as const,
    pattern: "^/([a-z]+)",
    substitution,
  })),
);

/** Prefixes can be replaced only where every alternative has one. */
function hasPrefixes(match: Match): boolean {
  if (match.kind === "any" || match.kind === "all") return match.of.every(hasPrefixes);
  return match.kind !== "path" || match.path.kind === "segment-prefix" || match.path.kind === "exact";
}

const endArb: fc.Arbitrary<RuleEnd> = fc.oneof(
  fc
    .record({
      weights: fc.constantFrom([1, 0], [1, 3], [0, 1], [0, 0]),
      pathRewrite: fc.option(pathRewriteArb, { nil: undefined }),
      host: fc.constantFrom(undefined, "rewritten.example"),
      broken: fc.oneof(rarely, mostlyNot),
    })
    .map(
      ({ weights, pathRewrite, host, broken }): RuleEnd => ({
        kind: "forward",
        upgrades: [],
        ...(pathRewrite === undefined ? {} : { pathRewrite }),
        ...(host === undefined ? {} : { hostRewrite: { kind: "literal", value: host } }),
        backends: backendNames.map((name, index) => ({
          weight: weights[index] ?? 0,
          target: broken ? { kind: "respond", status: 500 } : { kind: "backend", backend: `service/shop/${name}/80` },
          steps: [],
          origin,
        })),
      }),
    ),
  fc
    .record({
      status: fc.constantFrom(301, 302, 307, 308),
      scheme: fc.constantFrom(undefined, "https", "http"),
      host: fc.constantFrom(undefined, "else.example"),
      port: fc.constantFrom(undefined, 8443),
      path: fc.option(pathRewriteArb, { nil: undefined }),
    })
    .map(
      ({ status, scheme, host, port, path }): RuleEnd => ({
        kind: "redirect",
        status,
        ...(scheme === undefined ? {} : { scheme }),
        ...(host === undefined ? {} : { host }),
        ...(port === undefined ? {} : { port }),
        ...(path === undefined ? {} : { path }),
      }),
    ),
  fc.constantFrom(200, 403).map((status): RuleEnd => ({ kind: "respond", status })),
);

const ruleSeedArb = fc.record({
  ingress: fc.oneof({ arbitrary: fc.constant(false), weight: 2 }, { arbitrary: fc.constant(true), weight: 1 }),
  hosts: fc.uniqueArray(fc.constantFrom(...hostPatterns), { minLength: 1, maxLength: 4 }),
  match: matchArb,
  steps: stepsArb,
  end: endArb,
  timestamp: fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
});

export type RuleSeed = typeof ruleSeedArb extends fc.Arbitrary<infer T> ? T : never;

const edgeArb: fc.Arbitrary<EdgeOptions> = fc.record({
  escapedSlashes: fc.constantFrom("keep", "reject", "unescape-and-redirect", "unescape-and-forward"),
  headersWithUnderscores: fc.constantFrom("allow", "reject", "drop"),
  mergeSlashes: fc.boolean(),
  accessLog: fc.constant({ kind: "off" as const }),
});

const clientAddressArb: fc.Arbitrary<ClientAddressRule> = fc.constantFrom<ClientAddressRule[]>(
  { kind: "direct" },
  { kind: "trusted-hops", hops: 1 },
  { kind: "trusted-hops", hops: 2 },
  { kind: "trusted-cidrs", cidrs: ["127.0.0.2/32", "10.0.0.0/8"] },
);

export const nodesSeedArb = fc.record({
  edge: edgeArb,
  clientAddress: clientAddressArb,
  rules: fc.array(ruleSeedArb, { minLength: 15, maxLength: 30 }),
  defaultCertificate: fc.boolean(),
});

export type NodesSeed = typeof nodesSeedArb extends fc.Arbitrary<infer T> ? T : never;

export interface Ports {
  readonly http: number;
  readonly https: number;
}

/** The model nodes of a seed, on ports of this machine. */
export function nodesOf(seed: NodesSeed, ports: Ports, served: TlsCertificate): Nodes {
  const local = { address: "127.0.0.1" };
  const shared = { ...local, isolation: "shared", detectMisdirected: false } as const;
  const cert = [certificateKey];
  const listeners: Listener[] = [
    listener("infra/edge/all", ports.http, "*", local),
    listener("infra/edge/b", ports.http, "*.b.com", local),
    listener("infra/edge/ab", ports.http, "a.b.com", local),
    listener("infra/edge/ingress", ports.http, "*", shared),
    httpsListener("infra/edge/tls-b", ports.https, "*.b.com", cert, local),
    httpsListener("infra/edge/tls-ab", ports.https, "a.b.com", cert, local),
    httpsListener("infra/edge/tls-ingress", ports.https, "*", seed.defaultCertificate ? cert : [], shared),
    httpsListener("infra/edge/tls-ingress-c", ports.https, "c.org", cert, shared),
  ];
  const everything: RuleSeed["match"] = { kind: "path", path: { kind: "segment-prefix", value: "/" } };
  return {
    gateways: [gateway("infra/edge", { edge: seed.edge, clientAddress: seed.clientAddress })],
    listeners,
    // The first two catch what the others let pass, so that most requests meet a rule.
    rules: seed.rules.map((one, index) =>
      ruleOf(index < 2 ? { ...one, ingress: index === 1, hosts: ["*"], match: everything } : one, index, listeners),
    ),
    backends: backendNames.map((name) => backend(`service/shop/${name}/80`)),
    certificates: [{ ...certificate(certificateKey), ...served }],
  };
}

function ruleOf(seed: RuleSeed, index: number, listeners: readonly Listener[]): Rule {
  const attachments = listeners
    .filter((one) => (one.isolation === "shared") === seed.ingress)
    .map((one) => ({
      listener: one.key,
      hosts: [...new Set(seed.hosts.flatMap((host) => intersectHosts(one.hostname, host) ?? []))],
    }))
    .filter(({ hosts }) => hosts.length > 0);
  const key = `${seed.ingress ? "ingress" : "httproute"}/shop/r${index}/0/0`;
  const says: Step = {
    kind: "response-headers",
    set: [{ name: ruleHeader, value: key }],
    add: [],
    remove: [],
    origin,
  };
  const end = hasPrefixes(seed.match) ? seed.end : withoutPrefixRewrite(seed.end);
  return rule(key, attachments, {
    match: seed.match,
    timestamp: seed.timestamp,
    steps: [...seed.steps, says],
    end,
  });
}

function withoutPrefixRewrite(end: RuleEnd): RuleEnd {
  if (end.kind === "forward" && end.pathRewrite?.kind === "prefix") {
    const { pathRewrite: _, ...rest } = end;
    return rest;
  }
  if (end.kind === "redirect" && end.path?.kind === "prefix") {
    const { path: _, ...rest } = end;
    return rest;
  }
  return end;
}
