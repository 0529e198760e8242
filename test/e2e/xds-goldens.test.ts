import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { goldens, runGolden } from "../../src/xds/testing/golden.ts";
import { staticBootstrap } from "../../src/xds/testing/static-bootstrap.ts";
import { refusalOf } from "./xds-validate.ts";

describe("Envoy takes what the goldens of xds show", () => {
  for (const golden of goldens()) {
    it(golden.name, async (t) => {
      const envoy = await realEnvoy(t);
      if (envoy === undefined) return;
      const { all, secrets } = await runGolden(golden);
      assert.equal(await refusalOf(envoy.path, staticBootstrap(all, secrets)), undefined);
    });
  }
});
