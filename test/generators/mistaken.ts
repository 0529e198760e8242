import fc from "fast-check";
import { isList, isObject } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";

/** What a person may have written by mistake anywhere in an object. */
const mistakes: readonly Json[] = [
  ...[null, "", "x", "A", "a b", "a.b", "*.c", "/a//b", "1.2.3.4", "__proto__", true, [], [null], {}, { unknown: 1 }],
  ...[-1, 0, 1, 1.5, 65_536, 2 ** 31],
];

/** The objects, with up to `most` places of each replaced by something that may not belong there. */
export function withMistakes(objects: fc.Arbitrary<JsonObject>, most: number): fc.Arbitrary<JsonObject> {
  const way = fc.array(fc.nat(20), { minLength: 1, maxLength: 12 });
  const changes = fc.array(fc.tuple(way, fc.constantFrom(...mistakes)), { maxLength: most });
  return fc.tuple(objects, changes).map(([object, made]) =>
    made.reduce((given, [steps, mistake]) => {
      const changed = replaced(given, steps, mistake);
      return isObject(changed) ? changed : given;
    }, object),
  );
}

/** The value with what is at some place replaced; steps count fields and items, modulo how many there are. */
function replaced(value: Json, [step, ...rest]: readonly number[], replacement: Json): Json {
  if (step === undefined) return replacement;
  if (isList(value)) {
    if (value.length === 0) return replacement;
    return value.map((item, index) => (index === step % value.length ? replaced(item, rest, replacement) : item));
  }
  if (!isObject(value)) return replacement;
  const names = Object.keys(value);
  const name = names[step % Math.max(names.length, 1)];
  return name === undefined ? replacement : { ...value, [name]: replaced(value[name] ?? null, rest, replacement) };
}
