/**
 * Envoy's own rules about fields, checked before anything is sent.
 *
 * Envoy refuses a whole update when one field breaks a `validate.rules` option of its API. Those options are in the
 * generated descriptors, so the same check can be made here, and the refusal answered for the one object that causes it.
 */
import {
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageShape,
  type Registry,
} from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { compilePlan, type FieldPlan, type MessagePlan } from "./field-rules/plan.ts";
import type { ValueTest } from "./field-rules/value-tests.ts";

export interface FieldRuleViolation {
  /** Where, by protobuf field names: `routes[0].match.headers[2].name`. Empty for the message itself. */
  readonly field: string;
  /** The rule that does not hold, such as `string.min_len`. */
  readonly rule: string;
  /** What is wrong, completing the field's name: `must not be empty`. */
  readonly message: string;
}

/**
 * The rules of Envoy's API that `message` breaks; none for a message Envoy's field validation accepts.
 *
 * With a registry, the content of `google.protobuf.Any` is checked too where its type is in the registry. Rules are
 * compiled once per message type; fields without rules cost nothing.
 */
export function checkFieldRules<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  registry?: Registry,
): readonly FieldRuleViolation[] {
  const violations: FieldRuleViolation[] = [];
  checkMessage(schema, message, registry, violations);
  return violations;
}

/** Compiled rules by message type: a memo of what the descriptors say. */
const plans = new WeakMap<DescMessage, MessagePlan>();

function planOf(desc: DescMessage): MessagePlan {
  let plan = plans.get(desc);
  if (plan === undefined) {
    plan = compilePlan(desc);
    plans.set(desc, plan);
  }
  return plan;
}

function checkMessage(
  desc: DescMessage,
  message: Message,
  registry: Registry | undefined,
  violations: FieldRuleViolation[],
): void {
  if (isAny(message)) {
    checkAny(message, registry, violations);
    return;
  }
  const plan = planOf(desc);
  for (const oneof of plan.requiredOneofs) {
    const group: unknown = Reflect.get(message, oneof.localName);
    if (isRecord(group) && group.case === undefined) {
      violations.push({ field: oneof.name, rule: "oneof.required", message: "must have one of its fields set" });
    }
  }
  for (const field of plan.fields) checkField(field, message, registry, violations);
}

function checkField(
  plan: FieldPlan,
  message: Message,
  registry: Registry | undefined,
  violations: FieldRuleViolation[],
): void {
  const { field } = plan;
  const value = fieldValue(message, field);
  if (value === undefined) {
    if (plan.required && field.oneof === undefined) {
      violations.push({ field: field.name, rule: "message.required", message: "must be set" });
    }
    return;
  }
  for (const test of plan.sizeTests) apply(test, value, undefined, plan, violations);
  if (field.fieldKind === "list") {
    if (plan.tests.length === 0 && plan.nested === undefined) return;
    if (!Array.isArray(value)) return;
    for (let index = 0; index < value.length; index += 1) {
      checkValue(plan, value[index], index, registry, violations);
    }
    return;
  }
  if (field.fieldKind === "map") {
    if (!isRecord(value)) return;
    for (const [key, item] of Object.entries(value)) {
      for (const test of plan.keyTests) apply(test, key, key, plan, violations);
      checkValue(plan, item, key, registry, violations);
    }
    return;
  }
  if (plan.ignoreEmpty && (value === "" || value === 0 || value === 0n)) return;
  checkValue(plan, value, undefined, registry, violations);
}

function checkValue(
  plan: FieldPlan,
  value: unknown,
  key: string | number | undefined,
  registry: Registry | undefined,
  violations: FieldRuleViolation[],
): void {
  if (plan.tests.length > 0) {
    const tested = plan.wrapped && isRecord(value) ? value.value : value;
    for (const test of plan.tests) apply(test, tested, key, plan, violations);
  }
  if (plan.nested === undefined || !isMessage(value)) return;
  const before = violations.length;
  checkMessage(plan.nested, value, registry, violations);
  if (violations.length === before) return;
  const path = fieldPath(plan, key);
  for (let index = before; index < violations.length; index += 1) {
    const inner = violations[index];
    if (inner === undefined) continue;
    const separator = inner.field === "" ? "" : ".";
    violations[index] = { ...inner, field: `${path}${separator}${inner.field}` };
  }
}

function checkAny(any: Any, registry: Registry | undefined, violations: FieldRuleViolation[]): void {
  if (registry === undefined) return;
  const desc = registry.getMessage(any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1));
  if (desc === undefined) return;
  let content: Message;
  try {
    content = fromBinary(desc, any.value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    violations.push({ field: "value", rule: "any.decode", message: `must hold a ${desc.typeName}: ${reason}` });
    return;
  }
  checkMessage(desc, content, registry, violations);
}

function apply(
  test: ValueTest,
  value: unknown,
  key: string | number | undefined,
  plan: FieldPlan,
  violations: FieldRuleViolation[],
): void {
  if (test.holds(value)) return;
  violations.push({ field: fieldPath(plan, key), rule: test.rule, message: test.message });
}

/** The field, or one item or entry of it: `headers`, `headers[2]`, `typed_per_filter_config["cors"]`. */
function fieldPath(plan: FieldPlan, key: string | number | undefined): string {
  return key === undefined ? plan.field.name : `${plan.field.name}[${JSON.stringify(key)}]`;
}

/** The value of a field as the message stores it; undefined when a field that knows presence is not set. */
function fieldValue(message: Message, field: DescField): unknown {
  if (field.oneof === undefined) return Reflect.get(message, field.localName);
  const group: unknown = Reflect.get(message, field.oneof.localName);
  return isRecord(group) && group.case === field.localName ? group.value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isMessage(value: unknown): value is Message {
  return isRecord(value) && typeof value.$typeName === "string";
}

function isAny(message: Message): message is Any {
  return message.$typeName === AnySchema.typeName;
}
