import fc from "fast-check";
import type { Listener } from "../../model/gateway.ts";
import type { Match } from "../../model/match.ts";
import type { Rule } from "../../model/rule.ts";
import { intersectHosts } from "../../references/hostnames.ts";
import { backend, certificate, gateway, httpsListener, listener, pathIs, rule } from "./nodes.ts";
import type { Nodes } from "./world.ts";

/** Few names, so that random listeners, rules and requests meet. */
export const hostPatterns = ["*", "*.com", "*.b.com", "*.a.b.com", "b.com", "a.b.com", "x.a.b.com", "c.org"] as const;
export const requestHosts = ["b.com", "a.b.com", "x.a.b.com", "y.a.b.com", "z.b.com", "c.org", "d.org", "com"] as const;
export const certificateKeys = ["infra/one", "infra/two"] as const;
const backendKeys = ["service/shop/web/80", "service/shop/cart/80", "service/shop/gone/80"] as const;
export const gatewayKeys = ["infra/old", "infra/new"] as const;

const listenerArb: fc.Arbitrary<Listener> = fc
  .record({
    gateway: fc.constantFrom(...gatewayKeys),
    section: fc.constantFrom("l0", "l1", "l2", "l3", "l4", "l5"),
    hostname: fc.constantFrom(...hostPatterns),
    shared: fc.boolean(),
    https: fc.boolean(),
    certificate: fc.constantFrom(...certificateKeys, undefined),
  })
  .map(({ gateway: of, section, hostname, shared, https, certificate: key }) => {
    const isolation = shared ? "shared" : "isolated";
    return https
      ? httpsListener(`${of}/${section}`, 443, hostname, key === undefined ? [] : [key], {
          isolation,
          detectMisdirected: !shared,
        })
      : listener(`${of}/${section}`, 80, hostname, { isolation });
  });

const matchArb: fc.Arbitrary<Match> = fc.oneof(
  fc.constantFrom("/", "/a", "/a/b").map((value) => pathIs("segment-prefix", value)),
  fc.constantFrom("/a", "/b").map((value) => pathIs("exact", value)),
  fc.constant<Match>({ kind: "any", of: [pathIs("exact", "/a"), pathIs("segment-prefix", "/c")] }),
);

interface RuleSeed {
  readonly ingress: boolean;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly match: Match;
  readonly timestamp: string;
  readonly backend: string;
  readonly falls: boolean;
}

const ruleArb: fc.Arbitrary<RuleSeed> = fc.record({
  ingress: fc.boolean(),
  name: fc.constantFrom("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"),
  hosts: fc.uniqueArray(fc.constantFrom(...hostPatterns), { minLength: 1, maxLength: 3 }),
  match: matchArb,
  timestamp: fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
  backend: fc.constantFrom(...backendKeys),
  falls: fc.boolean(),
});

/** Attached to every listener of its kind that has a host in common with it; gateways mix both dialects. */
function attach(seed: RuleSeed, listeners: readonly Listener[]): Rule {
  const attachments = listeners
    .filter((one) => (one.isolation === "shared") === seed.ingress)
    .map((one) => ({
      listener: one.key,
      hosts: [...new Set(seed.hosts.flatMap((host) => intersectHosts(one.hostname, host) ?? []))],
    }))
    .filter(({ hosts }) => hosts.length > 0);
  const kind = seed.ingress ? "ingress" : "httproute";
  return rule(`${kind}/shop/${seed.name}/0/0`, attachments, {
    match: seed.match,
    timestamp: seed.timestamp,
    fallThrough: !seed.ingress || seed.falls,
    end: {
      kind: "forward",
      upgrades: [],
      backends: [
        {
          weight: 1,
          target: { kind: "backend", backend: seed.backend },
          steps: [],
          origin: {
            source: "file",
            object: { group: "", kind: "Route", namespace: "", name: "", scope: "" },
            path: [],
          },
        },
      ],
    },
  });
}

export interface WorldSeed {
  readonly listeners: readonly Listener[];
  readonly rules: readonly RuleSeed[];
}

export const worldSeedArb: fc.Arbitrary<WorldSeed> = fc.record({
  listeners: fc.uniqueArray(listenerArb, { selector: (one) => one.key, maxLength: 6 }),
  rules: fc.uniqueArray(ruleArb, { selector: (one) => `${one.ingress} ${one.name}`, maxLength: 8 }),
});

export function nodesOf({ listeners, rules }: WorldSeed): Nodes {
  return {
    gateways: [gateway("infra/old"), gateway("infra/new", { creationTimestamp: "2026-03-01T00:00:00Z" })],
    listeners,
    rules: rules.map((seed) => attach(seed, listeners)),
    backends: [backend(backendKeys[0]), backend(backendKeys[1])],
    certificates: certificateKeys.map(certificate),
  };
}
