import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ResourceType } from "../xds/resource.ts";
import { hostsOf } from "../xds/routes/host-block.ts";
import { Exchange } from "./testing/exchange.ts";
import { proxyClass, steps } from "./testing/world.ts";

/** More in a longer run. */
const runs = Number(process.env.WEIR_PROPERTY_RUNS ?? 300);

const variants = ["delta", "state-of-the-world"] as const;

/** What the client should have in the end, where it refuses nothing. */
function expectEqual(run: Exchange): void {
  const plan = run.plans.plan(proxyClass);
  const compare = (type: ResourceType, names: Iterable<string>) => {
    for (const name of names) {
      const want = plan?.get(type, name);
      const text =
        want === undefined
          ? undefined
          : want.kind === "whole"
            ? Buffer.from(want.bytes).toString()
            : Buffer.concat([want.head, ...hostsOf(want).map(({ bytes }) => bytes)]).toString();
      assert.equal(run.client.applied(type).get(name)?.text, text, `${type} ${name}`);
    }
  };
  const all = (type: ResourceType) => new Set([...(plan?.names(type) ?? []), ...run.client.applied(type).keys()]);
  compare("cluster", all("cluster"));
  compare("listener", all("listener"));
  const tables = new Set([...run.world.listeners.values()].flatMap(({ tables: names }) => names));
  compare("route", tables);
  compare(
    "endpoint",
    [...all("cluster")].filter((name) => name !== "c4").map((name) => `e-${name}`),
  );
}

for (const variant of variants) {
  describe(`a ${variant} client`, () => {
    it("ends with the plan, whatever the order of edits, answers and reconnects, and never sees a wrong order", () => {
      fc.assert(
        fc.property(steps({ bad: false, reconnects: variant === "delta" }), (list) => {
          const run = new Exchange(variant);
          for (const step of list) run.step(step);
          run.settle();
          assert.deepEqual(run.complaints, []);
          if (run.plans.plan(proxyClass) === undefined) return;
          expectEqual(run);
          for (const [name, { warming }] of run.client.clusters) assert.equal(warming, undefined, `${name} warms`);
          const [proxy] = run.harness.registry.list();
          assert.equal(proxy?.synced(), true);
          assert.equal(proxy?.acknowledgedRevision(), run.plans.revision());
        }),
        { numRuns: runs },
      );
    });

    it("refuses what is bad and receives the rest all the same", () => {
      fc.assert(
        fc.property(steps({ bad: true, reconnects: false }), (list) => {
          const run = new Exchange(variant);
          for (const step of list) run.step(step);
          run.settle();
          assert.deepEqual(run.complaints, []);
          expectGood(run);
        }),
        { numRuns: runs },
      );
    });

    if (variant === "delta") {
      it("comes to rest and is never sent again what it refused, where it reconnects besides", () => {
        fc.assert(
          fc.property(steps({ bad: true, reconnects: true }), (list) => {
            const run = new Exchange(variant);
            for (const step of list) run.step(step);
            run.settle();
            // A client that applied a part of what it refused lists the versions from before when it reconnects: nobody can know then
            // what its routes name.
            const known = run.complaints.filter((text) => !text.includes("was removed while"));
            assert.deepEqual(known, []);
          }),
          { numRuns: runs },
        );
      });
    }
  });
}

/** Everything that is not bad itself has arrived; nothing bad has. */
function expectGood(run: Exchange): void {
  const plan = run.plans.plan(proxyClass);
  for (const type of ["cluster", "listener"] as const) {
    for (const name of plan?.names(type) ?? []) {
      const want = plan?.get(type, name);
      const have = run.client.applied(type).get(name);
      const text = want?.kind === "whole" ? Buffer.from(want.bytes).toString() : "";
      if (!text.includes('"content":"bad')) assert.equal(have?.text, text, `${type} ${name}`);
    }
  }
  const subscribed = new Set([...run.client.applied("listener").values()].flatMap(({ tables }) => tables));
  for (const name of subscribed) {
    const want = plan?.get("route", name);
    if (want?.kind !== "table") continue;
    const badHead = Buffer.from(want.head).toString().includes('"head":"bad');
    const have = run.client.applied("route").get(name);
    if (have === undefined) {
      assert.ok(badHead, `${name} did not arrive`);
      continue;
    }
    assert.ok(!have.content.startsWith("bad"));
    // The client may have applied the table from a response that it refused: the server cannot build on what it does not know.
    if (badHead) continue;
    const wanted = new Map(hostsOf(want).map((host) => [host.name, Buffer.from(host.bytes).toString().trim()]));
    for (const host of have.hosts) assert.ok(wanted.has(host.name), `${host.name} was removed`);
    for (const [host, text] of wanted) {
      const got: string | undefined = have.hosts.find((held) => held.name === host)?.text;
      if (text.includes('"content":"bad')) assert.notEqual(got, text);
      else assert.equal(got, text, `${name} ${host}`);
    }
  }
}
