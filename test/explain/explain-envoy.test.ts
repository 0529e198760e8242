import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { HostPlan, PlanCollections } from "../../src/compile/plan.ts";
import { compareOrder } from "../../src/model/order.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { arbitraryWorld } from "../generators/world.ts";
import { disagreement } from "./agreement.ts";
import { startBackends } from "./backend.ts";
import { cover, emptyCoverage } from "./coverage.ts";
import { type CompiledWorld, compileWorld, type Settings, whatEnvoyDoes } from "./live-world.ts";
import { proxyHeadersRoute } from "./proxy-headers-route.ts";
import { arbitraryRequest } from "./requests.ts";
import { requestTargets } from "./targets.ts";

/** `WEIR_EXPLAIN_REQUESTS` asks for more than the ordinary run, `WEIR_EXPLAIN_SEED` for other worlds and requests. */
const REQUESTS = Number(process.env.WEIR_EXPLAIN_REQUESTS ?? 3_600);
const SEED = Number(process.env.WEIR_EXPLAIN_SEED ?? 20_261_121);
const REQUESTS_PER_WORLD = 90;

/** Every kind of match that the dialects can say, and what must not be missing beside them. */
const requiredKinds = [
  "path exact",
  "path segment-prefix",
  "path string-prefix",
  "path regex",
  "path normalised",
  "method",
  "header exact",
  "header regex",
  "query exact",
  "query regex",
  "host exact",
  "host wildcard",
  "host none",
  "tls with server name",
  "tls without server name",
  "step authorize passes",
  "step authorize ends",
  "step jwt ends",
  "step cors ends",
  "end forward",
  "end redirect",
  "dialect ingress",
  "dialect gateway-api",
];

const settings: fc.Arbitrary<Settings> = fc.record({
  clientAddress: fc.constantFrom<NonNullable<Settings["clientAddress"]>[]>(
    { kind: "direct" },
    { kind: "trusted-hops", hops: 1 },
    { kind: "trusted-cidrs", cidrs: ["127.0.0.0/8"] },
  ),
  escapedSlashes: fc.constantFrom(undefined, undefined, "keep", "reject", "unescape-and-forward"),
  headersWithUnderscores: fc.constantFrom("reject", "drop", "allow"),
  mergeSlashes: fc.boolean(),
});

describe("explain and Envoy", () => {
  it("agree on random requests to random worlds", async (t) => {
    const backends = await startBackends(t, 3);
    const endpoints = backends.ports.map((port) => ({ address: "127.0.0.1", port }));
    const certificates = await makeTestCertificates();
    // A few more than are needed: now and then a world serves nothing.
    const worlds = fc.sample(fc.tuple(arbitraryWorld({ certificates, endpoints }), settings), {
      numRuns: Math.ceil((1.1 * REQUESTS) / REQUESTS_PER_WORLD),
      seed: SEED,
    });
    const coverage = emptyCoverage();
    const wrong: string[] = [];
    let wrongWhenReversed = 0;
    let hasEnvoy = true;
    for (const [index, [world, setting]] of worlds.entries()) {
      if (coverage.requests >= REQUESTS || !hasEnvoy) break;
      await t.test(`world ${index}`, async (inWorld) => {
        const objects = [...world.objects, proxyHeadersRoute()];
        const compiled = await compileWorld({ objects }, setting);
        const { plan } = compiled.pipeline;
        const targets = requestTargets(plan);
        if (targets.length === 0) return;
        const requests = fc.sample(arbitraryRequest(targets), {
          numRuns: REQUESTS_PER_WORLD,
          seed: SEED + index,
        });
        const realities = await whatEnvoyDoes(inWorld, compiled, requests, backends);
        hasEnvoy = realities !== undefined;
        if (realities === undefined) return;
        const reversed = withOrderReversed(plan);
        for (const [number, reality] of realities.entries()) {
          const request = requests[number];
          assert.ok(request !== undefined);
          const explanation = compiled.explain(request);
          const reason = disagreement(request, explanation, reality);
          if (reason !== undefined) wrong.push(`world ${index}: ${JSON.stringify(request)}: ${reason}`);
          if (disagreement(request, compiled.explain(request, reversed), reality) !== undefined) wrongWhenReversed++;
          cover(coverage, plan, request, explanation, reality);
        }
      });
    }
    if (!hasEnvoy) return;
    t.diagnostic(`${JSON.stringify(Object.fromEntries(coverage.kinds))}; ${wrongWhenReversed} wrong when reversed`);
    assert.deepEqual(wrong, [], `${wrong.length} of ${coverage.requests} requests, seed ${SEED}`);
    assert.ok(coverage.requests >= REQUESTS);
    assert.ok(coverage.hits >= 0.7 * coverage.requests, `${coverage.hits} of ${coverage.requests} requests met a rule`);
    assert.ok(coverage.choices >= 0.3 * coverage.requests, `only ${coverage.choices} requests had a choice of rules`);
    assert.deepEqual(
      requiredKinds.filter((kind) => !coverage.kinds.has(kind)),
      [],
      "kinds that never occurred",
    );
    assert.ok(wrongWhenReversed > 0, "rules in the wrong order would go unnoticed");
  });
});

/** The plan as it would be if rules were compared the other way round. */
function withOrderReversed(plan: PlanCollections): Parameters<CompiledWorld["explain"]>[1] {
  const reverse = (host: HostPlan): HostPlan => ({
    ...host,
    rules: host.rules.toSorted((a, b) => compareOrder(b.value.rule.order, a.value.rule.order)),
  });
  const get = (key: string) => {
    const host = plan.hosts.get(key);
    return host === undefined ? undefined : reverse(host);
  };
  return { ...plan, hosts: Object.assign(Object.create(plan.hosts), { get }) };
}
