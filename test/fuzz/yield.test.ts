import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { PlanCollections } from "../../src/compile/plan.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { arbitraryWorld } from "../generators/world.ts";
import { fuzzPipeline, putWorld } from "./fuzz-pipeline.ts";

const WORLDS = 80;

type Plan = Pick<PlanCollections, "ports" | "rules" | "clusters" | "listeners" | "hosts">;

const valuesOf = <V>(collection: { entries(): Iterable<readonly [string, V]> }): readonly V[] =>
  Array.from(collection.entries(), ([, value]) => value);

const streamsOf = ({ ports }: Plan) => valuesOf(ports).flatMap(({ streams }) => streams);

const leadsSomewhere = (plan: Plan, kind: string): boolean =>
  streamsOf(plan).some(
    ({ rule }) => rule?.key.startsWith(kind) === true && rule.backends.some(({ target }) => target.kind === "backend"),
  );

/** What worlds must come to again and again; each with the share of worlds that do at least. */
const yields: readonly { readonly what: string; readonly share: number; readonly occurs: (plan: Plan) => boolean }[] = [
  {
    what: "HTTPRoutes",
    share: 0.9,
    occurs: ({ rules }) => valuesOf(rules).some(({ rule }) => rule.key.startsWith("httproute/")),
  },
  {
    what: "GRPCRoutes",
    share: 0.4,
    occurs: ({ rules }) => valuesOf(rules).some(({ rule }) => rule.key.startsWith("grpcroute/")),
  },
  {
    what: "Ingresses",
    share: 0.8,
    occurs: ({ rules }) => valuesOf(rules).some(({ rule }) => rule.key.startsWith("ingress/")),
  },
  { what: "TLSRoutes", share: 0.3, occurs: (plan) => leadsSomewhere(plan, "tlsroute/") },
  { what: "TCPRoutes", share: 0.25, occurs: (plan) => leadsSomewhere(plan, "tcproute/") },
  { what: "UDPRoutes", share: 0.25, occurs: (plan) => leadsSomewhere(plan, "udproute/") },
  {
    what: "TLS passed on and TLS ended on one port",
    share: 0.25,
    occurs: ({ ports }) =>
      valuesOf(ports).some(
        ({ streams }) => streams.some(({ tls }) => tls === undefined) && streams.some(({ tls }) => tls !== undefined),
      ),
  },
  {
    what: "HTTPS beside TLS that nobody reads",
    share: 0.2,
    occurs: ({ ports }) => valuesOf(ports).some(({ chains, streams }) => chains.length > 0 && streams.length > 0),
  },
  {
    what: "rules on listeners of ListenerSets",
    share: 0.25,
    occurs: (plan) => {
      const ofSets = new Set(
        valuesOf(plan.listeners)
          .filter(({ origin }) => origin.object.kind === "ListenerSet")
          .map(({ key }) => key),
      );
      return (
        valuesOf(plan.rules).some(({ listener }) => ofSets.has(listener)) ||
        streamsOf(plan).some(({ listener, rule }) => rule !== undefined && ofSets.has(listener))
      );
    },
  },
  {
    what: "clusters by a BackendTLSPolicy",
    share: 0.3,
    occurs: ({ clusters }) => valuesOf(clusters).some(({ backend }) => backend.tls?.policy !== undefined),
  },
  {
    what: "clusters that are shown a certificate",
    share: 0.2,
    occurs: ({ clusters }) => valuesOf(clusters).some(({ backend }) => backend.tls?.clientCertificate !== undefined),
  },
  {
    what: "clients asked for certificates",
    share: 0.5,
    occurs: ({ ports }) =>
      valuesOf(ports).some(({ chains }) => chains.some(({ tls }) => tls?.clientValidation !== undefined)),
  },
  {
    what: "rules under a policy",
    share: 0.15,
    occurs: ({ rules }) =>
      valuesOf(rules).some(({ steps }) => steps.some(({ kind }) => kind === "authorize" || kind === "jwt")),
  },
];

test("every kind of object comes to something in a good share of the worlds", async () => {
  const certificates = await makeTestCertificates();
  const counts = new Map(yields.map(({ what }) => [what, 0]));
  for (const world of fc.sample(arbitraryWorld({ certificates }), { numRuns: WORLDS, seed: 1 })) {
    const pipeline = fuzzPipeline();
    putWorld(pipeline, world);
    for (const { what, occurs } of yields) {
      if (occurs(pipeline.plan)) counts.set(what, (counts.get(what) ?? 0) + 1);
    }
  }
  const rare = yields
    .map(({ what, share }) => ({ what, share, seen: (counts.get(what) ?? 0) / WORLDS }))
    .filter(({ share, seen }) => seen < share);
  assert.deepEqual(rare, []);
});
