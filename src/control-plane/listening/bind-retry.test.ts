import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectedProxy, ProxyRefusal } from "../../serve/registry.ts";
import { BindRetry } from "./bind-retry.ts";

/** A proxy, what is reported of it, and a clock that a test winds. */
function bench() {
  const reported = new Map<string, string>();
  const waiting: { readonly ms: number; readonly task: () => void }[] = [];
  const refused = new Set<string>();
  let attempts = 0;
  const retry = new BindRetry({
    problems: {
      report: (socket, reporter, problem) => {
        if (problem === undefined) reported.delete(`${socket} by ${reporter}`);
        else reported.set(`${socket} by ${reporter}`, problem.message);
      },
    },
    after: (ms, task) => {
      const entry = { ms, task };
      waiting.push(entry);
      return () => {
        if (waiting.includes(entry)) waiting.splice(waiting.indexOf(entry), 1);
      };
    },
    log: { info: () => {} },
  });
  const proxy: ConnectedProxy = {
    connection: 1,
    nodeId: "node",
    proxyClass: "edge",
    agent: "envoy",
    variant: "delta",
    peer: "local socket",
    connectedSince: new Date(0),
    synced: () => false,
    acknowledgedRevision: () => undefined,
    types: () =>
      new Map([
        [
          "listener",
          {
            subscribed: "all",
            acknowledged: 0,
            pending: 0,
            unansweredMs: undefined,
            refused: [...refused].map((resource) => ({ resource, version: "1" })),
            lastError: undefined,
          },
        ],
      ]),
    retryRefused: () => {
      attempts++;
    },
    resources: () => [],
  };
  const response = { type: "listener", nonce: "1", revision: "r" } as const;
  return {
    retry,
    proxy,
    reported,
    waits: () => waiting.map(({ ms }) => ms),
    attempts: () => attempts,
    pass: () => waiting.shift()?.task(),
    refuse: (message: string, ...names: readonly string[]) => {
      for (const name of names) refused.add(name);
      const culprits = names.map((resource) => ({ resource, version: "1" }));
      const refusal: ProxyRefusal = { ...response, resources: [], message, culprits };
      retry.refused(proxy, refusal);
    },
    take: (name: string, version: string | undefined = "1") => {
      refused.delete(name);
      retry.acknowledged(proxy, { ...response, resources: [{ name, version }] });
    },
    change: (name: string) => refused.delete(name),
  };
}

const inUse = (port: number) => `cannot bind '0.0.0.0:${port}': Address already in use`;

test("a listener whose address is taken is offered again, ever more rarely, until the proxy takes it", () => {
  const { refuse, reported, waits, pass, attempts, take } = bench();
  refuse(`Error adding/updating listener(s) tcp/*/80: ${inUse(80)}`, "tcp/*/80");
  assert.deepEqual([...reported], [["edge|tcp/*/80 by node", "0.0.0.0:80 is already in use by another program"]]);
  for (const wait of [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
    assert.deepEqual(waits(), [wait]);
    pass();
    refuse(inUse(80), "tcp/*/80");
  }
  assert.equal(attempts(), 6);
  take("tcp/*/80");
  assert.deepEqual([...reported], []);
  assert.deepEqual(waits(), []);
});

test("of several listeners that were refused together each is told what is wrong with it, and one goes on when another is taken", () => {
  const { refuse, reported, waits, take } = bench();
  refuse(`tcp/*/80: ${inUse(80)}\n, tcp/*/8080: ${inUse(8080)}`, "tcp/*/80", "tcp/*/8080");
  assert.equal(reported.size, 2);
  take("tcp/*/80");
  assert.deepEqual([...reported.keys()], ["edge|tcp/*/8080 by node"]);
  assert.deepEqual(waits(), [1_000]);
});

test("nothing is offered again that is refused for another reason, or that has changed or gone meanwhile", () => {
  const { refuse, reported, waits, pass, attempts, change } = bench();
  refuse("filter chains with the same matching rules", "tcp/*/80");
  assert.deepEqual(waits(), []);
  refuse(inUse(80), "tcp/*/80");
  change("tcp/*/80");
  pass();
  assert.equal(attempts(), 0);
  assert.deepEqual([...reported], []);
  assert.deepEqual(waits(), []);
});

test("a proxy that goes leaves nothing behind", () => {
  const { retry, proxy, refuse, reported, waits } = bench();
  refuse(inUse(80), "tcp/*/80");
  retry.disconnected(proxy);
  assert.deepEqual([...reported], []);
  assert.deepEqual(waits(), []);
});
