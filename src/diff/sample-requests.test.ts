import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fullMatch } from "../compile/pattern.ts";
import { gateway, listener, originOf, pathIs, type RuleOptions, rule } from "../compile/testing/nodes.ts";
import { worldOf } from "../compile/testing/world.ts";
import { explain } from "../explain/explain.ts";
import type { ClientAddressRule } from "../model/gateway.ts";
import type { Match, ValueMatch } from "../model/match.ts";
import { samplesFor } from "./sample-requests.ts";

const key = "httproute/shop/web/0/0";

function all(...of: readonly Match[]): Match {
  return { kind: "all", of };
}

function header(value: ValueMatch): Match {
  return { kind: "header", name: "x-a", value };
}

const not = (of: Match): Match => ({ kind: "not", of });

const cases: Readonly<Record<string, Match>> = {
  "an exact path": pathIs("exact", "/a/b/"),
  "a prefix by elements": pathIs("segment-prefix", "/a"),
  "a prefix of the text": pathIs("string-prefix", "/a/b"),
  "a regular expression": pathIs("regex", "/v[12]/(cart|shop)/[^/]+"),
  "a method": all(pathIs("segment-prefix", "/"), { kind: "method", method: "DELETE" }),
  "any method but one": all(pathIs("segment-prefix", "/"), not({ kind: "method", method: "GET" })),
  "a header's value": header({ kind: "exact", value: "One", ignoreCase: true }),
  "the start of a header": header({ kind: "prefix", value: "one" }),
  "the end of a header": header({ kind: "suffix", value: "one" }),
  "a part of a header": header({ kind: "contains", value: "one" }),
  "a pattern for a header": header({ kind: "regex", value: "[a-f]{3}-\\d+" }),
  "a header at all": header({ kind: "present" }),
  "no header": not(header({ kind: "present" })),
  "query parameters": all(
    { kind: "query", name: "q", value: { kind: "exact", value: "a b" } },
    { kind: "query", name: "r", value: { kind: "present" } },
  ),
  cookies: all(
    { kind: "cookie", name: "a", value: { kind: "exact", value: "1" } },
    { kind: "cookie", name: "b", value: { kind: "regex", value: "\\w+" } },
  ),
  "one thing or another": { kind: "any", of: [pathIs("exact", "/one"), pathIs("exact", "/two")] },
};

const clientAddresses: readonly ClientAddressRule[] = [{ kind: "direct" }, { kind: "trusted-hops", hops: 2 }];

function samplesOf(options: RuleOptions, clientAddress: ClientAddressRule) {
  const { plan } = worldOf({
    gateways: [gateway("shop/edge", { clientAddress })],
    listeners: [listener("shop/edge/http", 8080)],
    rules: [
      rule(key, [{ listener: "shop/edge/http", hosts: ["*"] }], { end: { kind: "respond", status: 200 }, ...options }),
    ],
  });
  const [port] = [...plan.ports.entries()].map(([, one]) => one);
  const [planned] = [...plan.rules.entries()].map(([, one]) => one);
  assert.ok(port !== undefined && planned !== undefined);
  const affected = { proxyClass: "edge", table: planned.table, domain: "*", rule: planned };
  return { plan, ...samplesFor(affected, "any.example", port, fullMatch) };
}

describe("sample requests", () => {
  for (const clientAddress of clientAddresses) {
    for (const [about, match] of Object.entries(cases)) {
      // No request can hold a space as sent, and parameters are compared as sent.
      const expectHit = about !== "query parameters";
      test(`${about}, client address ${clientAddress.kind}: ${expectHit ? "meets" : "comes near"} the rule`, () => {
        const { plan, main, near } = samplesOf({ match }, clientAddress);
        const isHit = (request: (typeof main)[number]): boolean =>
          explain({ plan }, request).outcomes.some((outcome) => outcome.rule?.key === key);
        assert.ok(main.length > 0 && near.length > 0);
        if (expectHit) for (const request of main) assert.ok(isHit(request), JSON.stringify(request));
        assert.ok(about === "a prefix by elements" || near.some((request) => !isHit(request)), "some neighbour misses");
      });
    }
  }

  for (const clientAddress of clientAddresses) {
    test(`clients that a policy tells apart are asked for, client address ${clientAddress.kind}`, () => {
      const origin = originOf("AccessPolicy", "shop/policy");
      const deny = [{ name: "office", clientAddresses: ["10.1.0.0/16"], origin }];
      const steps = [{ kind: "authorize", instance: "shop/policy", deny, allow: [], origin }] as const;
      const { plan, main, near } = samplesOf({ steps }, clientAddress);
      const statuses = [...main, ...near].map((request) => {
        const end = explain({ plan }, request).outcomes[0]?.end;
        return end?.kind === "respond" ? end.status : undefined;
      });
      assert.deepEqual(new Set(statuses), new Set([200, 403]));
    });
  }
});
