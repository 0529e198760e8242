import assert from "node:assert/strict";
import { test } from "node:test";
import { marks, type Run, shortcomings } from "../../scripts/conformance-tools/judge.ts";
import type { Outcome } from "../../scripts/conformance-tools/suite.ts";
import { renderMarks } from "../../scripts/conformance-tools/table.ts";

const suite = {
  version: "v1.6.3",
  profiles: [
    { name: "GATEWAY-HTTP", core: ["Gateway", "HTTPRoute"], extended: ["ListenerSet"] },
    { name: "GATEWAY-TLS", core: ["Gateway", "TLSRoute"], extended: ["ListenerSet"] },
  ],
  meshFeatures: ["Mesh"],
  tests: [
    { name: "Simple", features: ["Gateway", "HTTPRoute"], provisional: false },
    { name: "Sets", features: ["Gateway", "ListenerSet"], provisional: false },
    { name: "Tls", features: ["Gateway", "TLSRoute"], provisional: true },
    { name: "OfNoProfile", features: ["HTTPRoute", "TLSRoute"], provisional: false },
    { name: "Mesh", features: ["Mesh", "HTTPRoute"], provisional: false },
  ],
};
const everything = ["Gateway", "HTTPRoute", "TLSRoute", "ListenerSet"];
const profiles = ["GATEWAY-HTTP", "GATEWAY-TLS"];

function run(results: Readonly<Record<string, Outcome>>, rest: Partial<Run> = {}): Run {
  return { suite, profiles, declared: everything, results: new Map(Object.entries(results)), ...rest };
}

const allPassed = { Simple: "passed", Sets: "passed", Tls: "passed", OfNoProfile: "passed" } as const;

test("full marks need every test of gateways, those of no profile too", () => {
  assert.deepEqual(shortcomings(run(allPassed)), []);
  const { OfNoProfile: _, ...others } = allPassed;
  assert.deepEqual(shortcomings(run(others)), ["not run (1): OfNoProfile"]);
});

test("what failed, was skipped or is not declared is named", () => {
  const found = shortcomings(
    run({ ...allPassed, Simple: "failed", Sets: "skipped" }, { declared: ["Gateway", "HTTPRoute", "TLSRoute"] }),
  );
  assert.deepEqual(found, [
    "not declared by the GatewayClass (1): ListenerSet",
    "failed (1): Simple",
    "skipped (1): Sets",
  ]);
});

test("one profile asks for its own tests only, one test for itself only", () => {
  const http = run({ Simple: "passed", Sets: "passed" }, { profiles: ["GATEWAY-HTTP"] });
  assert.deepEqual(shortcomings(http), []);
  assert.deepEqual(shortcomings(run({ Tls: "passed" }, { onlyTest: "Tls", declared: [] })), []);
  assert.deepEqual(shortcomings(run({}, { onlyTest: "Tls" })), ["not run (1): Tls"]);
  assert.deepEqual(shortcomings(run({}, { onlyTest: "Nonsense" })), ["no such test"]);
});

test("the table counts each test at the level that the suite gives it", () => {
  const table = renderMarks(marks(run({ ...allPassed, Sets: "failed", Tls: "skipped" })));
  assert.equal(
    table,
    [
      "profile       level     passed  failed  skipped",
      "GATEWAY-HTTP  core      1       0       0",
      "GATEWAY-HTTP  extended  0       1       0",
      "GATEWAY-TLS   core      0       0       1",
      "GATEWAY-TLS   extended  0       1       0",
      "",
    ].join("\n"),
  );
});
