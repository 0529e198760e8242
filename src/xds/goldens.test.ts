import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goldens, runGolden, updateGolden } from "./testing/golden.ts";

describe("goldens: model nodes in, Envoy's resources out", () => {
  for (const golden of goldens()) {
    it(golden.name, async () => {
      const { shown } = await runGolden(golden);
      if (process.env.UPDATE_GOLDEN === "1") updateGolden(golden, shown);
      else assert.deepEqual(shown, golden.file.expected);
    });
  }
});
