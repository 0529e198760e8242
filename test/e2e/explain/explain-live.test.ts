import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { rememberingFullMatch } from "../../../src/compile/pattern.ts";
import { explain } from "../../../src/explain/explain.ts";
import type { Explanation } from "../../../src/explain/explanation.ts";
import { createAuthority, issueCertificate } from "../../../src/identity/certificates.ts";
import type { EndpointSet } from "../../../src/model/backend.ts";
import type { TlsCertificate } from "../../../src/model/gateway.ts";
import type { Match } from "../../../src/model/match.ts";
import { encodedWorld } from "../../../src/xds/testing/encoded-world.ts";
import { echoBackend, eventually, freePorts, type LiveProxy, liveProxy } from "../xds-live-proxy.ts";
import { disagreement } from "./compare.ts";
import {
  backendNames,
  certificateKey,
  type NodesSeed,
  nodesOf,
  nodesSeedArb,
  type Ports,
  ruleHeader,
} from "./random-nodes.ts";
import { type RandomRequest, requestArb } from "./random-requests.ts";
import { type Reality, send } from "./send.ts";

/** `EXPLAIN_REQUESTS` asks for more than the ordinary run, `EXPLAIN_SEED` repeats one. */
const requestCount = Number(process.env.EXPLAIN_REQUESTS ?? 2_400);
const seed = Number(process.env.EXPLAIN_SEED ?? Math.floor(Math.random() * 2 ** 31));
const requestsPerWorld = 300;
const atOnce = 16;
const matchKinds = ["cookie", "header", "method", "path", "query", "share"];

test("explain says what Envoy does, for random rules and requests", async (t) => {
  const worlds = Math.ceil(requestCount / requestsPerWorld);
  const seeds = fc.sample(nodesSeedArb, { numRuns: 4 * worlds, seed });
  const requests = fc.sample(requestArb, { numRuns: 4 * worlds * requestsPerWorld, seed });
  const live = await start(t);
  const seen = { requests: 0, hits: 0, withChoice: 0, kinds: new Set<string>() };
  const wrong: string[] = [];
  for (const [index, nodes] of seeds.entries()) {
    // A few worlds may by chance have no match of some kind: then further ones follow.
    if (index >= worlds && matchKinds.every((kind) => seen.kinds.has(kind))) break;
    const asked = await live.serve(nodes);
    if (asked === undefined) return;
    const mine = requests.slice(index * requestsPerWorld, (index + 1) * requestsPerWorld);
    await inParallel(mine, async (request) => {
      const explanation = asked.explain(request);
      const reality = await asked.send(request);
      const reason = disagreement(explanation, reality);
      if (reason !== undefined) wrong.push(`${JSON.stringify(request)}: ${reason}`);
      count(explanation, nodes, seen);
    });
  }
  assert.deepEqual(wrong, [], `seed ${seed}, ${wrong.length} of ${seen.requests} requests`);
  const shares = { hits: seen.hits / seen.requests, withChoice: seen.withChoice / seen.requests };
  assert.ok(shares.hits >= 0.7, `only ${shares.hits} of the requests met a rule (seed ${seed})`);
  assert.ok(shares.withChoice >= 0.3, `only ${shares.withChoice} of the requests had a choice (seed ${seed})`);
  assert.deepEqual([...seen.kinds].sort(), matchKinds, `seed ${seed}`);
});

interface Asked {
  explain(request: RandomRequest): Explanation;
  send(request: RandomRequest): Promise<Reality>;
}

interface Live {
  /** Puts a configuration in place of the one before and waits until it is served. Undefined where there is no Envoy. */
  serve(seed: NodesSeed): Promise<Asked | undefined>;
}

async function start(t: TestContext): Promise<Live> {
  const backends = await Promise.all(backendNames.map((name) => echoBackend(t, name)));
  const built = encodedWorld();
  const { world, encoded } = built;
  built.putEndpoints(
    ...backendNames.map(
      (name, index): EndpointSet => ({
        key: `shop/${name}/80`,
        endpoints: [{ address: "127.0.0.1", port: backends[index]?.port ?? 0, state: "serving" }],
      }),
    ),
  );
  let proxy: LiveProxy | undefined;
  const certificate = await selfSigned();
  const regex = rememberingFullMatch();
  let rules: readonly string[] = [];
  return {
    async serve(nodesSeed) {
      // Ports of its own for each configuration: nothing of the one before can answer.
      const [http = 0, https = 0] = await freePorts(2);
      const ports: Ports = { http, https };
      const nodes = nodesOf(nodesSeed, ports, certificate);
      world.graph.transaction(() => {
        for (const key of rules) world.remove("rules", key);
        world.put(nodes);
      });
      rules = (nodes.rules ?? []).map(({ key }) => key);
      // A proxy with nothing to serve would never be ready.
      proxy ??= await liveProxy(t, encoded.planSource, "edge");
      if (proxy === undefined) return undefined;
      await proxy.settled();
      await listening(ports);
      const ask = (request: RandomRequest) =>
        explain(
          { plan: world.plan, regex },
          {
            method: request.method,
            url: `${request.secure ? "https" : "http"}://${request.host.replace(/:.*/, "")}:${request.secure ? https : http}${request.target}`,
            headers: [{ name: "host", value: request.host }, ...request.headers],
            clientAddress: request.from,
            serverName: request.serverName,
          },
        );
      return { explain: ask, send: (request) => send(request, ports, ruleHeader) };
    },
  };
}

async function listening(ports: Ports): Promise<void> {
  const probe = {
    host: "probe.b.com",
    serverName: "probe.b.com",
    method: "GET",
    target: "/",
    headers: [],
    from: "127.0.0.1",
  };
  for (const secure of [false, true]) {
    const answers = () =>
      send({ ...probe, secure }, ports, ruleHeader).then(
        (reality) => reality.kind === "answer",
        () => false,
      );
    await eventually(answers, () => `nobody listens on ${JSON.stringify(ports)}`);
  }
}

async function selfSigned(): Promise<TlsCertificate> {
  const validity = { from: new Date(Date.now() - 60_000), until: new Date(Date.now() + 3_600_000) };
  const authority = await createAuthority("explain", validity);
  const { certificate, privateKey } = await issueCertificate(authority, ["b.com"], validity);
  const object = { group: "", kind: "Secret", namespace: "infra", name: "cert", scope: "" };
  const origin = { source: "test", object, path: [] };
  return { key: certificateKey, certificateChain: certificate, privateKey, origin };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

function count(
  { outcomes, passedOver }: Explanation,
  { rules }: NodesSeed,
  seen: { requests: number; hits: number; withChoice: number; readonly kinds: Set<string> },
): void {
  seen.requests++;
  const met = outcomes.flatMap((outcome) => outcome.rule ?? []);
  if (met.length === 0) return;
  seen.hits++;
  if (met.length > 1 || passedOver.some((miss) => miss.failures.length === 0)) seen.withChoice++;
  for (const { key } of met) {
    const index = Number(/\/r(\d+)\//.exec(key)?.[1]);
    const match = rules[index]?.match;
    if (match !== undefined) for (const kind of kindsIn(match)) seen.kinds.add(kind);
  }
}

function kindsIn(match: Match): readonly string[] {
  switch (match.kind) {
    case "all":
    case "any":
      return match.of.flatMap(kindsIn);
    case "not":
      return kindsIn(match.of);
    default:
      return [match.kind];
  }
}
