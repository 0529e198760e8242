import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { nodesOf, requestHosts, worldSeedArb } from "../compile/testing/arbitrary.ts";
import { worldOf } from "../compile/testing/world.ts";
import { explain } from "../explain/explain.ts";
import type { ExplainRequest } from "../explain/explanation.ts";
import type { EndpointSet } from "../model/backend.ts";
import { diffPlans, isEmptyDiff } from "./diff-plans.ts";
import { differenceOf, resultOf } from "./outcome-text.ts";
import type { DiffSide } from "./plan-diff.ts";

function sideOf(nodes: ReturnType<typeof nodesOf>): DiffSide {
  const { graph, plan } = worldOf(nodes);
  return { plan, endpointSets: graph.input<EndpointSet>("endpoint-sets") };
}

function differ(before: DiffSide, after: DiffSide, request: ExplainRequest): boolean {
  const results = [resultOf(explain(before, request)), resultOf(explain(after, request))] as const;
  return differenceOf(...results) !== undefined;
}

const paths = ["/", "/a", "/a/b", "/a/b/c", "/b", "/c", "/c/d", "/d"];
/** A port that is closed answers nothing to every host: one that opens changes what hosts without rules get, too. */
const requests: readonly ExplainRequest[] = ["http", "https"].flatMap((scheme) =>
  requestHosts.flatMap((host) =>
    paths.map((path) => ({
      proxyClass: "edge",
      method: "GET",
      url: `${scheme}://${host}${path}`,
      port: scheme === "https" ? 443 : 80,
      headers: [],
      clientAddress: "127.0.0.1",
    })),
  ),
);

describe("diffs of random plans", () => {
  test("equal plans differ in nothing", () => {
    fc.assert(
      fc.property(worldSeedArb, (seed) => {
        const diff = diffPlans(sideOf(nodesOf(seed)), sideOf(nodesOf(seed)));
        assert.ok(isEmptyDiff(diff));
        assert.equal(diff.renamedRules.length, 0);
        assert.equal(diff.requests.evaluated, 0);
      }),
      { numRuns: 100 },
    );
  });

  test("requests that are said to go elsewhere do, and the other way round", () => {
    let told = 0;
    fc.assert(
      fc.property(worldSeedArb, worldSeedArb, (first, second) => {
        const [before, after] = [sideOf(nodesOf(first)), sideOf(nodesOf(second))];
        const there = diffPlans(before, after).requests.changes;
        const back = diffPlans(after, before).requests.changes;
        for (const { request } of there) assert.ok(differ(before, after, request), request.url);
        assert.equal(there.length > 0, back.length > 0);
        told += there.length;
      }),
      { numRuns: 100 },
    );
    assert.ok(told > 100, `only ${told} changes in all`);
  });

  test("one rule or listener more or less: wherever a request goes elsewhere, the diff shows a request that does", () => {
    let changed = 0;
    fc.assert(
      fc.property(worldSeedArb, fc.nat(), fc.boolean(), (seed, index, isRule) => {
        const without = isRule
          ? { ...seed, rules: seed.rules.toSpliced(index % Math.max(1, seed.rules.length), 1) }
          : { ...seed, listeners: seed.listeners.toSpliced(index % Math.max(1, seed.listeners.length), 1) };
        const [before, after] = [sideOf(nodesOf(seed)), sideOf(nodesOf(without))];
        const found = requests.find((request) => differ(before, after, request));
        if (found === undefined) return;
        changed++;
        const diff = diffPlans(before, after);
        assert.ok(!isEmptyDiff(diff), `${found.url} goes elsewhere, the diff is empty`);
        assert.ok(diff.requests.changes.length > 0, `${found.url} goes elsewhere, and no request is told`);
      }),
      { numRuns: 300 },
    );
    assert.ok(changed > 30, `only ${changed} edits change anything`);
  });
});
