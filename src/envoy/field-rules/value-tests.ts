import { type DescField, isMessage, type MessageShape } from "@bufbuild/protobuf";
import { isReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { FieldRulesSchema, KnownRegex } from "../generated/validate/validate_pb.ts";

export type FieldRules = MessageShape<typeof FieldRulesSchema>;

/** One rule on one value. */
export interface ValueTest {
  /** Name of the rule as in `validate.rules`, such as `string.min_len`. */
  readonly rule: string;
  /** What is wrong with a value for which the rule does not hold. */
  readonly message: string;
  readonly holds: (value: unknown) => boolean;
}

/** The rule options that are set, by name: for `{uint32: {lte: 256}}` the map `lte → 256`. */
export function setRules(rules: FieldRules): ReadonlyMap<string, unknown> {
  const set = new Map<string, unknown>();
  if (rules.type.case === undefined) return set;
  const schema = FieldRulesSchema.field[rules.type.case].message;
  if (schema === undefined) return set;
  const reflected = reflect(schema, rules.type.value);
  for (const field of reflected.sortedFields) {
    if (!reflected.isSet(field)) continue;
    const value: unknown = reflected.get(field);
    if (isReflectMessage(value)) set.set(field.name, value.message);
    else set.set(field.name, field.fieldKind === "list" && isIterable(value) ? [...value] : value);
  }
  return set;
}

/**
 * The tests that `validate.rules` asks of a scalar, enum or duration value. Rules on messages, lists and maps as such
 * give no tests here.
 *
 * Throws on a rule it does not know, so that newer descriptors cannot bring rules that go unnoticed.
 */
export function valueTests(rules: FieldRules, field: DescField): readonly ValueTest[] {
  const kind = rules.type.case;
  if (kind === undefined || kind === "repeated" || kind === "map" || kind === "any") return [];
  const set = setRules(rules);
  const tests: ValueTest[] = [];
  for (const [name, bound] of set) {
    if (name === "ignore_empty" || name === "required" || name === "strict") continue;
    const rule = `${kind}.${name}`;
    const test =
      kind === "string"
        ? stringTest(name, bound, set.get("strict") !== false)
        : kind === "bytes"
          ? bytesTest(name, bound)
          : kind === "enum"
            ? enumTest(name, bound, field)
            : kind === "duration"
              ? durationTest(name, bound)
              : numberTest(name, bound);
    if (test === undefined) throw new Error(`${field.toString()}: the rule ${rule} is not supported`);
    tests.push({ rule, ...test });
  }
  return tests;
}

type Test = Omit<ValueTest, "rule"> | undefined;

/** Bounds hold on their own: no Envoy field has an upper bound below its lower one, which would mean "outside". */
function numberTest(name: string, bound: unknown): Test {
  if (name === "const") return { message: `must be ${String(bound)}`, holds: (value) => value === bound };
  if (!isNumber(bound)) return undefined;
  const compare = (message: string, holds: (value: number | bigint) => boolean): Test => ({
    message,
    holds: (value) => isNumber(value) && holds(value),
  });
  switch (name) {
    case "lt":
      return compare(`must be less than ${bound}`, (value) => value < bound);
    case "lte":
      return compare(`must be at most ${bound}`, (value) => value <= bound);
    case "gt":
      return compare(`must be greater than ${bound}`, (value) => value > bound);
    case "gte":
      return compare(`must be at least ${bound}`, (value) => value >= bound);
    default:
      return undefined;
  }
}

function durationTest(name: string, bound: unknown): Test {
  if (!isMessage(bound, DurationSchema)) return undefined;
  const test = numberTest(name, nanoseconds(bound));
  if (test === undefined) return undefined;
  return {
    message: `${test.message} nanoseconds`,
    holds: (value) => isMessage(value, DurationSchema) && test.holds(nanoseconds(value)),
  };
}

function nanoseconds(duration: { readonly seconds: bigint; readonly nanos: number }): bigint {
  return duration.seconds * 1_000_000_000n + BigInt(duration.nanos);
}

function enumTest(name: string, bound: unknown, field: DescField): Test {
  if (name === "not_in" && Array.isArray(bound)) {
    return { message: `must not be ${bound.join(" or ")}`, holds: (value) => !bound.includes(value) };
  }
  if (name !== "defined_only" || bound !== true || field.enum === undefined) return undefined;
  const known = new Set<unknown>(field.enum.values.map((value) => value.number));
  return { message: `must be a value of ${field.enum.typeName}`, holds: (value) => known.has(value) };
}

function bytesTest(name: string, bound: unknown): Test {
  if (typeof bound !== "bigint") return undefined;
  const sized = (message: string, holds: (length: number) => boolean): Test => ({
    message,
    holds: (value) => value instanceof Uint8Array && holds(value.length),
  });
  if (name === "min_len") return sized(`must have at least ${bound} bytes`, (length) => length >= bound);
  if (name === "max_len") return sized(`must have at most ${bound} bytes`, (length) => length <= bound);
  return undefined;
}

function stringTest(name: string, bound: unknown, strict: boolean): Test {
  const text = (message: string, holds: (value: string) => boolean): Test => ({
    message,
    holds: (value) => typeof value === "string" && holds(value),
  });
  if (typeof bound === "bigint") {
    if (name === "min_len") {
      return bound === 1n
        ? text("must not be empty", (value) => value !== "")
        : text(`must have at least ${bound} characters`, (value) => codePoints(value) >= bound);
    }
    if (name === "max_len") return text(`must have at most ${bound} characters`, (value) => codePoints(value) <= bound);
    if (name === "max_bytes") {
      return text(`must have at most ${bound} bytes`, (value) => Buffer.byteLength(value) <= bound);
    }
    return undefined;
  }
  if (name === "well_known_regex" && typeof bound === "number") {
    const pattern = headerPattern(bound, strict);
    return pattern && text("must hold only characters allowed in a header", (value) => pattern.test(value));
  }
  if (name === "in" && Array.isArray(bound)) {
    return text(`must be one of ${bound.map((item) => JSON.stringify(item)).join(", ")}`, (value) =>
      bound.includes(value),
    );
  }
  if (typeof bound !== "string") return undefined;
  switch (name) {
    case "pattern": {
      // RE2 and JavaScript agree on the few patterns of the API: anchored, character classes only.
      const pattern = new RegExp(bound, "u");
      return text(`must match ${bound}`, (value) => pattern.test(value));
    }
    case "prefix":
      return text(`must start with ${JSON.stringify(bound)}`, (value) => value.startsWith(bound));
    case "suffix":
      return text(`must end with ${JSON.stringify(bound)}`, (value) => value.endsWith(bound));
    default:
      return undefined;
  }
}

/**
 * What protoc-gen-validate means by its well-known expressions: RFC 7230 names and values, or, where a field is not
 * strict, anything without NUL, CR and LF.
 */
function headerPattern(regex: number, strict: boolean): RegExp | undefined {
  if (!strict) return /^[^\0\n\r]*$/;
  if (regex === KnownRegex.HTTP_HEADER_NAME) return /^:?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+$/;
  if (regex === KnownRegex.HTTP_HEADER_VALUE) return /^[\t\x20-\x7E\x80-\u{10FFFF}]*$/u;
  return undefined;
}

/** Length in Unicode code points, which is how protoc-gen-validate counts. */
function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
