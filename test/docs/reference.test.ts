import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatted } from "../../scripts/reference-docs/format.ts";
import { referencePages } from "../../scripts/reference-docs/pages.ts";

for (const { path, render } of referencePages) {
  test(`${path} is what the code says`, () => {
    const written = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
    assert.equal(written, formatted(path, render()), "it is stale: run scripts/docs");
  });
}
