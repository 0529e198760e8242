import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { ProxyRegistry } from "../../../serve/registry.ts";
import { ManualClock } from "../../../serve/testing/manual-clock.ts";
import { OwnProxies } from "./own-proxies.ts";
import { FakeGenerations } from "./testing/fake-generations.ts";
import { FakeProxy } from "./testing/fake-proxy.ts";

const edge = "shop/edge";

describe("what a replica tells about its own proxies", () => {
  let registry: ProxyRegistry;
  let generations: FakeGenerations;
  let clock: ManualClock;
  let own: OwnProxies;
  let told: number[][];
  beforeEach(() => {
    registry = new ProxyRegistry();
    generations = new FakeGenerations();
    clock = new ManualClock();
    own = new OwnProxies({ registry, generations, clock });
    told = [];
    own.subscribe((changed) => told.push([...changed]));
    generations.set(edge, "one");
  });

  function connect(connection: number): FakeProxy {
    const proxy = new FakeProxy(connection, edge);
    registry.connect(proxy);
    return proxy;
  }

  function settle(proxy: FakeProxy): void {
    proxy.isUpToDate = true;
    registry.settle(proxy, "revision");
  }

  function acknowledged(): (string | undefined)[] {
    return [...own.reports.values()].map((report) => report.acknowledged);
  }

  it("gathers what happens to many proxies", () => {
    const proxies = Array.from({ length: 1000 }, (_, index) => connect(index));
    assert.equal(told.length, 0);
    clock.advance(50);
    assert.deepEqual(
      told.map((changed) => changed.length),
      [1000],
    );
    for (const proxy of proxies) settle(proxy);
    clock.advance(50);
    assert.deepEqual(
      told.map((changed) => changed.length),
      [1000, 1000],
    );
    assert.equal(clock.next, undefined, "nothing is left to do");
  });

  it("says nothing about configuration that changes without a generation", () => {
    const proxy = connect(1);
    settle(proxy);
    clock.advance(50);
    for (let edit = 0; edit < 10; edit++) {
      proxy.isUpToDate = false;
      clock.advance(50);
      settle(proxy);
      clock.advance(50);
    }
    assert.deepEqual(told, [[1]]);
  });

  it("holds on to what was acknowledged until something newer is", () => {
    const proxy = connect(1);
    clock.advance(50);
    assert.deepEqual(acknowledged(), [""]);
    settle(proxy);
    proxy.isUpToDate = false;
    clock.advance(50);
    assert.deepEqual(acknowledged(), ["one"], "a moment of being up to date is enough");
    generations.set(edge, "two");
    clock.advance(50);
    assert.deepEqual(acknowledged(), ["one"]);
    settle(proxy);
    clock.advance(50);
    assert.deepEqual(acknowledged(), ["two"]);
  });

  it("takes a generation that changes nothing for a proxy as acknowledged by it", () => {
    settle(connect(1));
    clock.advance(50);
    generations.set(edge, "two");
    clock.advance(50);
    assert.deepEqual(acknowledged(), ["two"]);
  });

  it("tells what is refused, and when it no longer is", () => {
    const proxy = connect(1);
    settle(proxy);
    clock.advance(50);
    proxy.complaint = "no such filter";
    registry.refuse(proxy, { type: "listener", nonce: "1", revision: "r", resources: [], message: "", culprits: [] });
    generations.set(edge, "two");
    clock.advance(50);
    assert.deepEqual(
      [...own.reports.values()].map(({ refusal }) => refusal),
      ["no such filter"],
    );
    assert.deepEqual(acknowledged(), ["one"]);
    proxy.complaint = undefined;
    settle(proxy);
    clock.advance(50);
    assert.deepEqual(
      [...own.reports.values()].map(({ refusal }) => refusal),
      [undefined],
    );
    assert.deepEqual(acknowledged(), ["two"]);
  });

  it("tells that a proxy is gone, unless nobody ever heard of it", () => {
    const proxy = connect(1);
    clock.advance(50);
    const brief = connect(2);
    registry.disconnect(brief);
    clock.advance(50);
    assert.deepEqual(told, [[1]]);
    registry.disconnect(proxy);
    clock.advance(50);
    assert.deepEqual(told, [[1], [1]]);
    assert.deepEqual([...own.reports.keys()], []);
  });
});
