import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { valueAt } from "../model/json.ts";
import { LeaderElection } from "./leader-election.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { ObjectApi, type ObjectApiClient } from "./testing/object-api.ts";

interface Replica {
  readonly election: LeaderElection;
  readonly client: ObjectApiClient;
  readonly problems: string[];
  leads(): boolean;
}

function rig() {
  const clock = new ManualClock();
  const api = new ObjectApi();
  const replica = (identity: string, offset = 0): Replica => {
    const client = api.client();
    const problems: string[] = [];
    const election = new LeaderElection({
      client,
      namespace: "weir-system",
      name: "weir",
      identity,
      clock: clock.view(offset),
      onProblem: (message) => problems.push(message),
    });
    election.start();
    return { election, client, problems, leads: () => election.term() !== undefined };
  };
  return { clock, api, replica };
}

const place = "/apis/coordination.k8s.io/v1/namespaces/weir-system/leases/weir";

describe("leader election", () => {
  it("makes the Lease, leads, and renews it without reading it", async () => {
    const { clock, api, replica } = rig();
    const one = replica("one");
    await clock.advance(0);
    assert.ok(one.leads());
    assert.equal(valueAt(api.objects.get(place), "spec", "holderIdentity"), "one");
    assert.equal(valueAt(api.objects.get(place), "spec", "leaseDurationSeconds"), 8);
    api.requests.length = 0;
    await clock.advance(4_000);
    assert.deepEqual(api.requests, [`PUT ${place}`, `PUT ${place}`]);
    assert.equal(valueAt(api.objects.get(place), "spec", "leaseTransitions"), 0);
  });

  it("has one leader among replicas that start at once", async () => {
    const { clock, replica } = rig();
    const replicas = [replica("one"), replica("two", 5e6), replica("three", -7e6)];
    await clock.advance(20_000);
    assert.deepEqual(
      replicas.map((each) => each.leads()),
      [true, false, false],
    );
    assert.deepEqual(
      replicas.map(({ election }) => election.holder()),
      ["one", "one", "one"],
    );
  });

  it("replaces a leader that died within 10 s, whenever it died", async () => {
    for (let died = 0; died < 2_000; died += 150) {
      const { clock, api, replica } = rig();
      const one = replica("one");
      await clock.advance(500);
      const two = replica("two", 9e6);
      await clock.advance(4_000 + died);
      one.client.network = "cut";
      assert.equal(two.leads(), false);
      const start = clock.now;
      while (!two.leads() && clock.now - start < 20_000) await clock.advance(50);
      assert.ok(clock.now - start <= 10_000, `replaced after ${clock.now - start} ms`);
      assert.equal(valueAt(api.objects.get(place), "spec", "leaseTransitions"), 1);
    }
  });

  it("leaves office on its own before another can take it, whatever the API server does to it", async () => {
    for (const network of ["cut", "silent", "lossy"] as const) {
      const { clock, replica } = rig();
      const one = replica("one");
      await clock.advance(300);
      const two = replica("two", 3e6);
      await clock.advance(3_000);
      one.client.network = network;
      let led = 0;
      for (let waited = 0; waited < 30_000; waited += 50) {
        await clock.advance(50);
        assert.ok(!(one.leads() && two.leads()), `both lead after ${waited} ms of ${network}`);
        if (two.leads()) led++;
      }
      assert.equal(one.leads(), false);
      // A request that arrives although its answer does not come keeps the Lease, as far as others can see.
      if (network !== "lossy") assert.ok(led > 0);
    }
  });

  it("ends its term at once when it finds itself late, before its own timers have run", async () => {
    const { clock, replica } = rig();
    const one = replica("one");
    await clock.advance(0);
    const term = one.election.term();
    clock.freeze(7_000);
    assert.equal(term?.aborted, false);
    assert.equal(one.election.term(), undefined);
    assert.equal(term?.aborted, true);
  });

  it("gives the Lease back when it closes, so that the next one need not wait for its end", async () => {
    const { clock, replica } = rig();
    const one = replica("one");
    await clock.advance(100);
    const two = replica("two");
    await clock.advance(3_000);
    const closed = one.election.close();
    await clock.advance(1_000);
    await closed;
    assert.equal(one.leads(), false);
    assert.ok(two.leads());
  });

  it("tells listeners of each term once, also those that come later", async () => {
    const { clock, replica } = rig();
    const one = replica("one");
    const told: string[] = [];
    const listener = { gained: () => told.push("gained"), lost: () => told.push("lost") };
    one.election.follow(listener);
    await clock.advance(10_000);
    assert.deepEqual(told, ["gained"]);
    one.election.follow({ gained: () => told.push("gained late") });
    one.client.network = "cut";
    await clock.advance(8_000);
    one.client.network = "whole";
    await clock.advance(3_000);
    assert.deepEqual(told, ["gained", "gained late", "lost", "gained", "gained late"]);
  });

  it("says once what keeps it from the Lease, and again after it worked in between", async () => {
    const { clock, replica } = rig();
    const one = replica("one");
    await clock.advance(100);
    for (const times of [1, 2]) {
      one.client.network = "cut";
      await clock.advance(20_000);
      assert.equal(one.problems.length, times);
      one.client.network = "whole";
      await clock.advance(5_000);
    }
    assert.match(one.problems[0] ?? "", /connection refused/);
  });

  it("leaves a Lease alone that somebody took by force, until it ends", async () => {
    const { clock, api, replica } = rig();
    const one = replica("one");
    await clock.advance(1_000);
    const lease = api.objects.get(place) ?? {};
    api.put(place, {
      ...lease,
      spec: { holderIdentity: "stranger", leaseDurationSeconds: 15, renewTime: "2030-01-01T00:00:00.000000Z" },
    });
    await clock.advance(2_000);
    assert.equal(one.leads(), false);
    await clock.advance(12_000);
    assert.equal(one.leads(), false);
    await clock.advance(3_500);
    assert.ok(one.leads());
  });

  it("never has two leaders, whatever happens to three replicas' networks, and has one again once all is well", async () => {
    const event = fc.record({
      replica: fc.nat({ max: 2 }),
      network: fc.constantFrom("whole", "cut", "silent", "lossy"),
      checkAfterMs: fc.nat({ max: 6_000 }),
    } as const);
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        const { clock, replica } = rig();
        const replicas = [replica("a"), replica("b", 4e6), replica("c", -2e6)];
        const check = async (ms: number) => {
          for (let passed = 0; passed < ms; passed += 250) {
            await clock.advance(250);
            assert.ok(replicas.filter((each) => each.leads()).length <= 1);
          }
        };
        for (const { replica: index, network, checkAfterMs } of events) {
          const chosen = replicas[index];
          if (chosen !== undefined) chosen.client.network = network;
          await check(checkAfterMs);
        }
        for (const each of replicas) each.client.network = "whole";
        await check(12_000);
        assert.equal(replicas.filter((each) => each.leads()).length, 1);
      }),
      { numRuns: 25 },
    );
  });
});
