import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { admit, isFatal } from "../../src/admission/admit.ts";
import { kindDefinitions } from "../../src/admission/kinds.ts";
import { isObject } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";
import { valuesOf } from "./shape-values.ts";

/** Values of a mutated object: what a person may have written by mistake anywhere in it. */
const mistake = fc.constantFrom<Json>(null, "", "x", 0, -1, 1.5, true, [], [null], {}, { unknown: 1 }, "__proto__");

/** The body with the value at some place replaced. */
function mutate(value: Json, way: readonly number[], replacement: Json): Json {
  const [step, ...rest] = way;
  if (step === undefined || typeof value !== "object" || value === null) return replacement;
  if (!isObject(value)) {
    if (value.length === 0) return replacement;
    return value.map((item, index) => (index === step % value.length ? mutate(item, rest, replacement) : item));
  }
  const names = Object.keys(value);
  const name = names[step % Math.max(names.length, 1)];
  return name === undefined ? replacement : { ...value, [name]: mutate(value[name] ?? null, rest, replacement) };
}

describe("every kind", () => {
  for (const definition of kindDefinitions) {
    const body = (value: Json): JsonObject => ({
      ...(isObject(value) ? value : {}),
      apiVersion: `${definition.group}/${definition.versions[0]}`,
      kind: definition.kind,
      metadata: { name: "a" },
    });

    it(`${definition.kind}: what was admitted is admitted again, unchanged`, () => {
      fc.assert(
        fc.property(valuesOf(definition.shape), (value) => {
          const first = admit(definition, body(value));
          if (first.violations.some(isFatal)) return;
          assert.deepEqual(first.violations, []);
          const second = admit(definition, first.object);
          assert.deepEqual(second.violations, []);
          assert.deepEqual(second.object, first.object);
        }),
        { numRuns: 150 },
      );
    });

    it(`${definition.kind}: no mistake makes it throw, or changes what was given`, () => {
      fc.assert(
        fc.property(
          valuesOf(definition.shape),
          fc.array(fc.nat(20), { maxLength: 12 }),
          mistake,
          (value, way, replacement) => {
            const given = mutate(body(value), way, replacement);
            if (!isObject(given)) return;
            const before = JSON.stringify(given);
            const { object, violations } = admit(definition, given);
            assert.equal(JSON.stringify(given), before);
            assert.ok(isObject(object));
            for (const { message } of violations) assert.notEqual(message, "");
          },
        ),
        { numRuns: 300 },
      );
    });
  }
});
