import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { findLayers } from "../../scripts/test-layers/layers.ts";

const layers = findLayers();

test("every test file under test/ is in a layer, once", () => {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
  const found = layers.flatMap((layer) => (layer.kind === "tests" && layer.name !== "unit" ? layer.files : []));
  assert.deepEqual([...found].sort(), files.map((name) => `test/${name}`).sort());
});

test("what needs no cluster comes first: building one takes minutes, during which it runs", () => {
  const needs = layers.map(({ cluster }) => (cluster === "none" ? 0 : 1));
  assert.deepEqual(
    needs,
    needs.toSorted((a, b) => a - b),
  );
});
