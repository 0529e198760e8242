import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TokenBucket } from "./token-bucket.ts";

describe("a token bucket", () => {
  it("gives what it holds at once, then one for each interval, and never more than it holds", () => {
    const bucket = new TokenBucket({ capacity: 3, refillMs: 100 }, 1_000);
    const takeAll = (now: number): number => {
      let taken = 0;
      while (bucket.take(now)) taken++;
      return taken;
    };
    assert.equal(takeAll(1_000), 3);
    assert.equal(bucket.waitMs(1_000), 100);
    assert.equal(bucket.waitMs(1_060), 40);
    assert.equal(takeAll(1_100), 1);
    assert.equal(takeAll(1_350), 2);
    assert.equal(takeAll(99_999), 3);
  });
});
