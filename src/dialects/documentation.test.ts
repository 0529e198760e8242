import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { parseAllDocuments } from "yaml";
import { admitSourceObject } from "../admission/admit-source-object.ts";
import { createRig, setting } from "./testing/dialect-rig.ts";
import { toSourceObject } from "./testing/golden-world.ts";

/** Diagnostics that examples may leave: they refer to Services and Secrets that a reader has. */
const expectable = new Set(["WR0201", "WR0203", "WR0401"]);

for (const page of ["ingress", "gateway-api", "access-policy"]) {
  test(`the examples of docs/reference/${page}.md are valid`, () => {
    const text = readFileSync(new URL(`../../docs/reference/${page}.md`, import.meta.url), "utf8");
    const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
    const objects = blocks.flatMap((block) =>
      parseAllDocuments(block).map((document) => toSourceObject(document.toJS())),
    );
    assert.ok(objects.length > 0);
    for (const object of objects) assert.deepEqual(admitSourceObject(object).diagnostics, []);
    const rig = createRig();
    rig.apply(setting(...objects));
    const found = [...rig.outputs.values()].flatMap(({ diagnostics }) =>
      [...diagnostics.entries()].flatMap(([, list]) => list),
    );
    assert.deepEqual(
      found.filter(({ code }) => !expectable.has(code)).map(({ code, message }) => `${code} ${message}`),
      [],
    );
  });
}
