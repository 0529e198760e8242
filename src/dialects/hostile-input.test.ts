import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { makeTestCertificates } from "../../test/generators/certificates.ts";
import { arbitraryObject, arbitraryWorld } from "../../test/generators/world.ts";
import { isList, isObject } from "../model/json.ts";
import type { Json, JsonObject, SourceObject } from "../model/source-object.ts";
import { createRig } from "./testing/dialect-rig.ts";

const certificates = await makeTestCertificates();

const scrap: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(
    null,
    true,
    false,
    "",
    "x",
    "/",
    "*",
    "*.",
    "..",
    "constructor",
    "__proto__",
    0,
    -1,
    1e9,
    0.5,
    [],
    {},
    [null],
    [[]],
    [{}],
  ),
  fc.string({ maxLength: 12 }),
  fc.jsonValue({ maxDepth: 2 }).map((value): Json => JSON.parse(JSON.stringify(value))),
);

/** Puts `value` in the place that `choices` lead to, step by step, as far as there is something to step into. */
function replaceAt(target: Json, choices: readonly number[], value: Json): Json {
  const [choice, ...rest] = choices;
  if (choice === undefined) return value;
  if (isList(target) && target.length > 0) {
    const index = choice % target.length;
    return target.map((item, at) => (at === index ? replaceAt(item, rest, value) : item));
  }
  if (isObject(target)) {
    const names = Object.keys(target);
    const name = names[choice % Math.max(1, names.length)];
    if (name !== undefined) return { ...target, [name]: replaceAt(target[name] ?? null, rest, value) };
  }
  return value;
}

/** An object as no admission would let it through: something in its content is of any shape at all. */
const hostileObject: fc.Arbitrary<SourceObject> = fc
  .tuple(arbitraryObject({ certificates }), fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }), scrap)
  .map(([object, choices, value]) => {
    const { apiVersion, kind, metadata, ...content } = object.body;
    const changed = replaceAt(content, choices, value);
    const body: JsonObject = { apiVersion, kind, metadata, ...(isObject(changed) ? changed : {}) };
    return { ...object, body };
  });

test("no dialect throws, whatever the shape of what it reads", () => {
  let mutated = 0;
  fc.assert(
    fc.property(
      arbitraryWorld({ certificates }),
      fc.array(hostileObject, { minLength: 1, maxLength: 8 }),
      (world, hostile) => {
        const rig = createRig();
        rig.force(world.objects);
        rig.force(hostile);
        mutated += hostile.length;
      },
    ),
    { numRuns: 300 },
  );
  assert.ok(mutated > 500);
});
