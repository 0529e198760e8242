import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { ManualClock } from "../../../serve/testing/manual-clock.ts";
import { AwaitedProxies } from "./awaited-proxies.ts";

const edge = "shop/edge";

describe("proxies that may be back in a moment", () => {
  let clock: ManualClock;
  let over: string[];
  let awaited: AwaitedProxies;
  beforeEach(() => {
    clock = new ManualClock();
    over = [];
    awaited = new AwaitedProxies(clock, (proxyClass) => over.push(proxyClass));
    awaited.start(() => [edge, "shop/other"]);
  });

  it("are all that there may be while a replica is new, and each is looked at when that is over", () => {
    assert.ok(awaited.has(edge));
    clock.advance(14_999);
    assert.ok(awaited.has("shop/never-seen"));
    assert.deepEqual(over, []);
    clock.advance(1);
    assert.ok(!awaited.has(edge));
    assert.deepEqual(over, [edge, "shop/other"]);
  });

  it("are those of a class that lost its last one, for a while", () => {
    clock.advance(15_000);
    over = [];
    awaited.lost(edge);
    assert.ok(awaited.has(edge));
    assert.ok(!awaited.has("shop/other"));
    clock.advance(15_000);
    assert.ok(!awaited.has(edge));
    assert.deepEqual(over, [edge]);
  });

  it("are awaited no longer once one is back, and anew when that one is lost", () => {
    clock.advance(15_000);
    over = [];
    awaited.lost(edge);
    clock.advance(10_000);
    awaited.returned(edge);
    assert.ok(!awaited.has(edge));
    awaited.lost(edge);
    clock.advance(10_000);
    assert.ok(awaited.has(edge));
    clock.advance(5_000);
    assert.deepEqual(over, [edge]);
  });

  it("leave nothing behind when a replica stops", () => {
    awaited.lost(edge);
    awaited.stop();
    assert.equal(clock.next, undefined);
  });
});
