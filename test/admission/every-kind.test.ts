import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { admit, isFatal } from "../../src/admission/admit.ts";
import { kindDefinitions } from "../../src/admission/kinds.ts";
import { isObject } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";
import { withMistakes } from "../generators/mistaken.ts";
import { valuesOf } from "./shape-values.ts";

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
        fc.property(withMistakes(valuesOf(definition.shape).map(body), 1), (given) => {
          const before = JSON.stringify(given);
          const { object, violations } = admit(definition, given);
          assert.equal(JSON.stringify(given), before);
          assert.ok(isObject(object));
          for (const { message } of violations) assert.notEqual(message, "");
        }),
        { numRuns: 300 },
      );
    });
  }
});
