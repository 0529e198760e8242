import { apiVersion, kindName, objectMeta } from "./fields/object-meta.ts";
import { fitterOf } from "./fit/fit.ts";
import type { KindDefinition, ObjectRule } from "./kind-definition.ts";
import { object, type Shape, schemaOf } from "./shape.ts";
import { objectRuleOf } from "./shape-rules.ts";

type Derived =
  | "schema"
  | "fit"
  | "rules"
  | "updateRules"
  | "categories"
  | "shortNames"
  | "builtIn"
  | "confidential"
  | "nameFormat";

interface KindInput extends Omit<KindDefinition, Derived> {
  readonly description: string;
  /** The fields beside `apiVersion`, `kind` and `metadata`. */
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly builtIn?: boolean;
  readonly confidential?: boolean;
  readonly nameFormat?: KindDefinition["nameFormat"];
  readonly rules?: readonly ObjectRule[];
  readonly updateRules?: KindDefinition["updateRules"];
}

/** A kind as it is written down, with the shape kept: tests compare its rules with the published ones. */
export interface KindWithShape extends KindDefinition {
  readonly shape: Shape;
}

/** Completes a kind: adds the fields every object has, and derives the plain schema and the object rules from the shape. */
export function defineKind(input: KindInput): KindWithShape {
  const { description, fields, required = [], shortNames = [], categories = [], rules = [], ...rest } = input;
  const shape = object(description, { apiVersion, kind: kindName, metadata: objectMeta, ...fields }, { required });
  const { builtIn = false, confidential = false } = input;
  const schema = schemaOf(shape);
  const shapeRule = objectRuleOf(shape);
  return {
    updateRules: [],
    nameFormat: "subdomain",
    ...rest,
    builtIn,
    confidential,
    shortNames,
    categories,
    shape,
    schema,
    fit: fitterOf(schema, { builtIn, confidential }),
    rules: shapeRule === undefined ? rules : [shapeRule, ...rules],
  };
}
