import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { chainFor } from "../../src/compile/lookup.ts";
import type { Pipeline } from "../../src/control-plane/pipeline.ts";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import { diffPlans, isEmptyDiff } from "../../src/diff/diff-plans.ts";
import { differenceOf, resultOf } from "../../src/diff/outcome-text.ts";
import { explain } from "../../src/explain/explain.ts";
import type { ExplainRequest } from "../../src/explain/explanation.ts";
import { resourceTypes } from "../../src/serve/registry.ts";
import { arbitraryConnection, connectionTargets } from "../explain/connections.ts";
import { arbitraryRequest } from "../explain/requests.ts";
import { requestTargets } from "../explain/targets.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { applyEdits, arbitraryEdits, arbitraryWorld, type Edit, type World } from "../generators/world.ts";
import { fuzzPipeline, putWorld } from "./fuzz-pipeline.ts";

const certificates = await makeTestCertificates();
const REQUESTS = 60;
const CONNECTIONS = 20;

/** Names and versions of all that proxies are given. */
function served({ encoded }: Pipeline): readonly string[] {
  const plan = encoded.planSource.plan(SHARED_CLASS);
  return resourceTypes
    .flatMap((type) =>
      [...(plan?.names(type) ?? [])].map((name) => `${type} ${name} ${plan?.get(type, name)?.version}`),
    )
    .sort();
}

function sides(world: World, edits: readonly Edit[]): readonly [Pipeline, Pipeline] {
  const [before, after] = [fuzzPipeline(), fuzzPipeline()];
  putWorld(before, world);
  putWorld(after, applyEdits(world, edits));
  return [before, after];
}

function someRequests(before: Pipeline, after: Pipeline, seed: number): readonly ExplainRequest[] {
  const targets = [before, after].flatMap(({ plan }) => requestTargets(plan));
  if (targets.length === 0) return [];
  return (
    fc
      .sample(arbitraryRequest(targets), { numRuns: REQUESTS, seed })
      // A diff is about connections to the host that is asked for.
      .filter(({ serverName, host }) => serverName === undefined || host.toLowerCase().startsWith(serverName))
      .map((request) => ({
        method: request.method,
        url: `${request.secure ? "https" : "http"}://127.0.0.1:${request.port}${request.target}`,
        headers: [{ name: "host", value: request.host }, ...request.headers],
        clientAddress: request.from,
        ...(request.serverName === undefined ? {} : { serverName: request.serverName }),
      }))
  );
}

/** Those that neither side reads as HTTP. */
function someConnections(before: Pipeline, after: Pipeline, seed: number): readonly ExplainRequest[] {
  const ways = [before, after].flatMap(({ plan }) => connectionTargets(plan));
  const tlsPorts = new Set([443, 8443]);
  const readsHttp = (request: ExplainRequest) =>
    [before, after].some(({ plan }) =>
      [...plan.ports.entries()].some(
        ([, port]) => port.clientPort === request.port && chainFor(port, request.serverName) !== undefined,
      ),
    );
  if (ways.length === 0) return [];
  return fc
    .sample(arbitraryConnection(ways, tlsPorts), { numRuns: CONNECTIONS, seed })
    .map(({ protocol, port, serverName }) => ({
      method: "",
      url: `${protocol}://${serverName}:${port}`,
      headers: [],
      clientAddress: "127.0.0.1",
      port,
      ...(protocol === "tls" ? { serverName } : {}),
    }))
    .filter((request) => !readsHttp(request));
}

const edited = fc.tuple(arbitraryWorld({ certificates }), arbitraryEdits({ certificates }, { maxLength: 2 }));

describe("a diff of random worlds", () => {
  test("is empty only where proxies are given the same", () => {
    let empty = 0;
    fc.assert(
      fc.property(edited, ([world, edits]) => {
        const [before, after] = sides(world, edits);
        const diff = diffPlans(before, after, { mostSamples: 0 });
        if (!isEmptyDiff(diff) || diff.renamedRules.length > 0) return;
        empty++;
        assert.deepEqual(served(after), served(before));
      }),
      { numRuns: 60 },
    );
    assert.ok(empty > 5, `only ${empty} edits change nothing`);
  });

  test("tells of requests that go elsewhere, and of no others", () => {
    let elsewhere = 0;
    fc.assert(
      fc.property(edited, fc.nat(), ([world, edits], seed) => {
        const [before, after] = sides(world, edits);
        const differ = (request: ExplainRequest): boolean =>
          differenceOf(resultOf(explain(before, request)), resultOf(explain(after, request))) !== undefined;
        const { requests } = diffPlans(before, after);
        for (const { request, title } of requests.changes) assert.ok(differ(request), title);
        if (requests.leftOut > 0 || requests.withoutSample.length > 0) return;
        const found = [...someRequests(before, after, seed), ...someConnections(before, after, seed)].find(differ);
        if (found === undefined) return;
        elsewhere++;
        assert.ok(requests.changes.length > 0, `${JSON.stringify(found)} goes elsewhere, and no request is told`);
      }),
      { numRuns: 40 },
    );
    assert.ok(elsewhere > 8, `only ${elsewhere} edits move requests`);
  });
});
