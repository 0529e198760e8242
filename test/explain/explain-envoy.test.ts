import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { HostPlan, PlanCollections } from "../../src/compile/plan.ts";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import { compareOrder } from "../../src/model/order.ts";
import { liveProxy } from "../e2e/xds-live-proxy.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { arbitraryWorld } from "../generators/world.ts";
import { disagreement } from "./agreement.ts";
import { startBackends } from "./backend.ts";
import { connectionDisagreement, isAnswered } from "./connection-agreement.ts";
import { arbitraryConnection, connectionTargets } from "./connections.ts";
import { cover, coverConnection, emptyCoverage } from "./coverage.ts";
import {
  type CompiledWorld,
  compileWorld,
  type Settings,
  whatBecomesOfConnections,
  whatBecomesOfRequests,
} from "./live-world.ts";
import { proxyHeadersRoute } from "./proxy-headers-route.ts";
import { arbitraryRequest } from "./requests.ts";
import { requestTargets } from "./targets.ts";

/** `WEIR_EXPLAIN_REQUESTS` asks for more than the ordinary run, `WEIR_EXPLAIN_SEED` for other worlds and requests. */
const REQUESTS = Number(process.env.WEIR_EXPLAIN_REQUESTS ?? 3_600);
const SEED = Number(process.env.WEIR_EXPLAIN_SEED ?? 20_261_121);
const REQUESTS_PER_WORLD = 90;
const CONNECTIONS_PER_WORLD = 16;

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
  "TLS to the backend",
  "certificate shown to the backend",
  "client certificate required, trusted shown",
  "client certificate required, none shown",
  "client certificate required, strange shown",
  "client certificate optional, none shown",
  "tls passed on request",
  "tls passed on nothing",
  "tls ended request",
  "tls ended and begun again",
  "tcp request",
  "tcp nothing",
  "udp datagram",
  "udp nothing",
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
    const certificates = await makeTestCertificates();
    const backends = await startBackends(t, 3, certificates.peers);
    const endpoints = backends.ports.map((port) => ({ address: "127.0.0.1", port }));
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
        const compiled = await compileWorld({ objects }, setting, certificates.peers);
        const { peers, pipeline } = compiled;
        const { plan, encoded } = pipeline;
        const targets = requestTargets(plan);
        if (targets.length === 0) return;
        const requests = fc.sample(arbitraryRequest(targets), {
          numRuns: REQUESTS_PER_WORLD,
          seed: SEED + index,
        });
        const proxy = await liveProxy(inWorld, encoded.planSource, SHARED_CLASS);
        hasEnvoy = proxy !== undefined;
        if (proxy === undefined) return;
        const realities = await whatBecomesOfRequests(inWorld, proxy, requests, backends, certificates.peers);
        const reversed = withOrderReversed(plan);
        for (const [number, reality] of realities.entries()) {
          const request = requests[number];
          assert.ok(request !== undefined);
          const explanation = compiled.explain(request);
          const reason = disagreement(request, explanation, reality, peers);
          if (reason !== undefined) wrong.push(`world ${index}: ${JSON.stringify(request)}: ${reason}`);
          if (disagreement(request, compiled.explain(request, reversed), reality, peers) !== undefined)
            wrongWhenReversed++;
          cover(coverage, plan, request, explanation, reality);
        }
        const ways = connectionTargets(plan);
        if (ways.length === 0) return;
        const connections = fc.sample(arbitraryConnection(ways, compiled.tlsPorts), {
          numRuns: CONNECTIONS_PER_WORLD,
          seed: SEED + index,
        });
        const passed = await whatBecomesOfConnections(proxy, connections, backends, (connection) =>
          isAnswered(compiled.explainConnection(connection), peers),
        );
        for (const [number, reality] of passed.entries()) {
          const connection = connections[number];
          assert.ok(connection !== undefined);
          const explanation = compiled.explainConnection(connection);
          const reason = connectionDisagreement(explanation, reality, peers);
          if (reason !== undefined) wrong.push(`world ${index}: ${JSON.stringify(connection)}: ${reason}`);
          coverConnection(coverage, connection, explanation, reality);
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
