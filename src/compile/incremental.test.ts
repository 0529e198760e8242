import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nodesOf, type WorldSeed, worldSeedArb } from "./testing/arbitrary.ts";
import { clientCertificateArb, streamNodesOf, streamsSeedArb } from "./testing/arbitrary-streams.ts";
import { gateway, policy } from "./testing/nodes.ts";
import { snapshot } from "./testing/snapshot.ts";
import { emptyWorld, type Nodes, type World, worldOf } from "./testing/world.ts";

const kinds = [
  "gateways",
  "listeners",
  "rules",
  "streamRules",
  "backends",
  "policies",
  "certificates",
  "trustBundles",
] as const;

/** Policies and gateways vary too: their edits reach rules and ports by other ways than those of routes. */
const editArb = fc.record({
  seed: worldSeedArb,
  streams: streamsSeedArb,
  shown: clientCertificateArb,
  olderFirst: fc.boolean(),
  policies: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("p0", "p1", "p2"),
      on: fc.constantFrom("gateway", "listener"),
      merge: fc.constantFrom("default", "override"),
    }),
    { selector: (one) => one.name, maxLength: 3 },
  ),
  withoutCertificate: fc.boolean(),
});
type Edit = typeof editArb extends fc.Arbitrary<infer T> ? T : never;

function nodesAfter(edit: Edit): Nodes {
  const nodes = nodesOf(edit.seed satisfies WorldSeed);
  const streams = streamNodesOf(edit.streams);
  return {
    ...nodes,
    ...streams,
    listeners: [...(nodes.listeners ?? []), ...(streams.listeners ?? [])],
    backends: [...(nodes.backends ?? []), ...(streams.backends ?? [])],
    gateways: [
      gateway("infra/old", {
        creationTimestamp: edit.olderFirst ? "2026-01-01T00:00:00Z" : "2026-09-01T00:00:00Z",
        ...(edit.shown === undefined ? {} : { clientCertificate: edit.shown }),
      }),
      gateway("infra/new", {
        creationTimestamp: "2026-03-01T00:00:00Z",
        clientAddress: { kind: "trusted-hops", hops: 1 },
      }),
    ],
    policies: edit.policies.map(({ name, on, merge }) =>
      policy(
        `infra/${name}`,
        on === "gateway"
          ? { kind: "gateway", gateway: "infra/old" }
          : { kind: "listener", gateway: "infra/old", section: "l0" },
        { merge },
      ),
    ),
    certificates: edit.withoutCertificate ? [] : (nodes.certificates ?? []),
  };
}

/** Changes the world into one with exactly these nodes, in one transaction. */
function become(world: World, before: Nodes, after: Nodes): void {
  world.graph.transaction(() => {
    for (const kind of kinds) {
      const kept = new Set((after[kind] ?? []).map((node) => node.key));
      for (const { key } of before[kind] ?? []) if (!kept.has(key)) world.remove(kind, key);
    }
    world.put(after);
  });
}

test("any sequence of edits ends where compiling from nothing ends", () => {
  fc.assert(
    fc.property(fc.array(editArb, { minLength: 2, maxLength: 5 }), (edits) => {
      const world = emptyWorld();
      let before: Nodes = {};
      for (const edit of edits) {
        const after = nodesAfter(edit);
        become(world, before, after);
        before = after;
        assert.deepEqual(snapshot(world.plan), snapshot(worldOf(after).plan));
      }
    }),
    { numRuns: 150 },
  );
});
