import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { splitWeights } from "./weights.ts";

const weights = fc
  .array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 16 })
  .filter((list) => list.some((one) => one > 0));

describe("weights of a split", () => {
  it("stay as they are without a share before them", () => {
    fc.assert(fc.property(weights, (list) => assert.deepEqual(splitWeights(list, false), list)));
  });

  it("keep their proportions behind a share, with a total that shares say nothing about", () => {
    fc.assert(
      fc.property(weights, (list) => {
        const scaled = splitWeights(list, true);
        const total = scaled.reduce((sum, one) => sum + one, 0);
        assert.equal(total, 1_000_003);
        assert.ok(total % 2 !== 0 && total % 5 !== 0);
        const sum = list.reduce((all, one) => all + one, 0);
        for (const [index, weight] of list.entries()) {
          const one = scaled[index] ?? -1;
          assert.equal(one === 0, weight === 0);
          assert.ok(Math.abs(one / total - weight / sum) < 0.000_02, `${weight} of ${sum} became ${one}`);
        }
      }),
    );
  });

  it("are brought below what Envoy takes", () => {
    const scaled = splitWeights([4_000_000_000, 4_000_000_000, 0], false);
    assert.deepEqual(scaled, [500_002, 500_001, 0]);
  });
});
