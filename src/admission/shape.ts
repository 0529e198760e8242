import type { Json } from "../model/source-object.ts";
import type { OpenApiSchema, RuleViolation } from "./kind-definition.ts";

/**
 * A check on one value wherever its shape occurs. The value fits its schema and has its defaults; the paths of what is found are
 * relative to it. `name` is stable: tests compare the names with the published rules.
 */
export interface FieldRule {
  readonly name: string;
  readonly check: (value: Json) => readonly RuleViolation[];
}

/** A schema with the rules attached to the very fields they judge. Kinds are written in it; the plain schema is derived. */
export interface Shape extends OpenApiSchema {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape;
  readonly items?: Shape;
  readonly rules?: readonly FieldRule[];
}

type Extra = Omit<Shape, "type" | "description">;

export function object(description: string, properties: Readonly<Record<string, Shape>>, extra: Extra = {}): Shape {
  return { type: "object", description, properties, ...extra };
}

/** A mapping with free keys. */
export function map(description: string, values: Shape, extra: Extra = {}): Shape {
  return { type: "object", description, additionalProperties: values, ...extra };
}

/** A list that is replaced as a whole when it is merged. */
export function list(description: string, items: Shape, extra: Extra = {}): Shape {
  return { type: "array", description, items, "x-kubernetes-list-type": "atomic", ...extra };
}

/** A list of distinct plain values. */
export function set(description: string, items: Shape, extra: Extra = {}): Shape {
  return { type: "array", description, items, "x-kubernetes-list-type": "set", ...extra };
}

/** A list whose items are told apart, and merged, by the given fields. */
export function keyed(description: string, keys: readonly string[], items: Shape, extra: Extra = {}): Shape {
  return {
    type: "array",
    description,
    items,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": keys,
    ...extra,
  };
}

export function text(description: string, extra: Extra = {}): Shape {
  return { type: "string", description, ...extra };
}

export function choice(description: string, values: readonly string[], extra: Extra = {}): Shape {
  return { type: "string", description, enum: values, ...extra };
}

export function int32(description: string, extra: Extra = {}): Shape {
  return { type: "integer", format: "int32", description, ...extra };
}

export function int64(description: string, extra: Extra = {}): Shape {
  return { type: "integer", format: "int64", description, ...extra };
}

export function flag(description: string, extra: Extra = {}): Shape {
  return { type: "boolean", description, ...extra };
}

/** A port number, or the name of a port. */
export function intOrText(description: string, extra: Extra = {}): Shape {
  return { description, "x-kubernetes-int-or-string": true, ...extra };
}

/** The plain schema of a shape: rules left out at every depth. */
export function schemaOf(shape: Shape): OpenApiSchema {
  const { rules: _rules, properties, items, additionalProperties, ...rest } = shape;
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties: mapValues(properties, schemaOf) }),
    ...(items === undefined ? {} : { items: schemaOf(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: schemaOf(additionalProperties) }),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
