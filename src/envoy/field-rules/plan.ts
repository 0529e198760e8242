import { type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import { AnySchema, isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { disabled, ignored, required, rules } from "../generated/validate/validate_pb.ts";
import { type FieldRules, setRules, type ValueTest, valueTests } from "./value-tests.ts";

/** What to check of one field. */
export interface FieldPlan {
  readonly field: DescField;
  /** A message field that must be set. */
  readonly required: boolean;
  /** Rules do not apply to the zero value. */
  readonly ignoreEmpty: boolean;
  /** Tests of the value, or of each item or map value. */
  readonly tests: readonly ValueTest[];
  readonly keyTests: readonly ValueTest[];
  /** Tests of the number of items or entries, and of the list as a whole. */
  readonly sizeTests: readonly ValueTest[];
  /** The type of the message, of the items or of the map values when what is inside has rules too. */
  readonly nested: DescMessage | undefined;
  /** The value is a wrapper message such as UInt32Value, whose rules are about the number inside. */
  readonly wrapped: boolean;
}

/** What to check of a message: nothing about fields without rules, in themselves and below. */
export interface MessagePlan {
  readonly fields: readonly FieldPlan[];
  /** Local names of the oneof groups of which one member must be set. */
  readonly requiredOneofs: readonly { readonly name: string; readonly localName: string }[];
}

/** Compiles the rules of a message type from its descriptor. Costs far more than a check: keep the result. */
export function compilePlan(desc: DescMessage): MessagePlan {
  if (isExempt(desc)) return { fields: [], requiredOneofs: [] };
  return {
    fields: desc.fields.flatMap((field) => fieldPlan(field) ?? []),
    requiredOneofs: desc.oneofs
      .filter((oneof) => getOption(oneof, required))
      .map(({ name, localName }) => ({ name, localName })),
  };
}

function fieldPlan(field: DescField): FieldPlan | undefined {
  const wrapped = field.message !== undefined && isWrapperDesc(field.message);
  const declared = hasOption(field, rules) ? getOption(field, rules) : undefined;
  const set = declared === undefined ? new Map<string, unknown>() : setRules(declared);
  const skip = declared?.message?.skip === true;
  const nested =
    field.message === undefined || wrapped || skip || !reachesRules(field.message, new Set())
      ? undefined
      : field.message;
  const items = asRules(set.get("items")) ?? asRules(set.get("values")) ?? declared;
  const keys = asRules(set.get("keys"));
  const plan: FieldPlan = {
    field,
    required: declared?.message?.required === true || set.get("required") === true,
    ignoreEmpty: set.get("ignore_empty") === true,
    tests: items === undefined ? [] : valueTests(items, field),
    keyTests: keys === undefined ? [] : valueTests(keys, field),
    sizeTests: declared === undefined ? [] : sizeTests(declared, set, field),
    nested,
    wrapped,
  };
  const useful = plan.required || plan.tests.length + plan.keyTests.length + plan.sizeTests.length > 0 || nested;
  return useful ? plan : undefined;
}

function sizeTests(declared: FieldRules, set: ReadonlyMap<string, unknown>, field: DescField): readonly ValueTest[] {
  const kind = declared.type.case;
  if (kind !== "repeated" && kind !== "map") return [];
  return [...set].flatMap(([name, bound]) => {
    if (name === "items" || name === "keys" || name === "values" || name === "ignore_empty") return [];
    return [{ rule: `${kind}.${name}`, ...sizeTest(name, bound, field) }];
  });
}

function sizeTest(name: string, bound: unknown, field: DescField): Omit<ValueTest, "rule"> {
  if (name === "unique" && bound === true) {
    return {
      message: "must not hold the same value twice",
      holds: (value) => Array.isArray(value) && new Set(value).size === value.length,
    };
  }
  if (typeof bound === "bigint") {
    if (name === "min_items" || name === "min_pairs") {
      const message = bound === 1n ? "must not be empty" : `must have at least ${bound} entries`;
      return { message, holds: (value) => size(value) >= bound };
    }
    if (name === "max_items" || name === "max_pairs") {
      return { message: `must have at most ${bound} entries`, holds: (value) => size(value) <= bound };
    }
  }
  throw new Error(`${field.toString()}: the rule ${name} is not supported`);
}

function size(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}

/** Whether a message of this type can break a rule, itself or in what it holds. Content of Any can. */
function reachesRules(desc: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(desc) || isExempt(desc)) return false;
  seen.add(desc);
  if (desc.typeName === AnySchema.typeName) return true;
  if (desc.oneofs.some((oneof) => getOption(oneof, required))) return true;
  return desc.fields.some(
    (field) => hasOption(field, rules) || (field.message !== undefined && reachesRules(field.message, seen)),
  );
}

function isExempt(desc: DescMessage): boolean {
  return getOption(desc, disabled) || getOption(desc, ignored);
}

function asRules(value: unknown): FieldRules | undefined {
  return isFieldRules(value) ? value : undefined;
}

function isFieldRules(value: unknown): value is FieldRules {
  return (
    typeof value === "object" && value !== null && "$typeName" in value && value.$typeName === "validate.FieldRules"
  );
}
