import { isList, isObject } from "../model/json.ts";
import type { FieldPath } from "../model/provenance.ts";
import type { Json } from "../model/source-object.ts";
import type { ObjectRule, RuleViolation } from "./kind-definition.ts";
import type { FieldRule, Shape } from "./shape.ts";

type Visit = (value: Json, path: FieldPath, found: RuleViolation[]) => void;

/** One object rule that visits only the fields under which the shape has rules; undefined where it has none. */
export function objectRuleOf(shape: Shape): ObjectRule | undefined {
  const visit = visitOf(shape);
  if (visit === undefined) return undefined;
  return (object) => {
    const found: RuleViolation[] = [];
    visit(object, [], found);
    return found;
  };
}

function visitOf(shape: Shape): Visit | undefined {
  const visits: Visit[] = [];
  if (shape.rules !== undefined) visits.push(visitRules(shape.rules));
  const fields = Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    const visit = visitOf(field);
    return visit === undefined ? [] : [{ name, visit }];
  });
  if (fields.length > 0) visits.push(visitFields(fields));
  const item = shape.items && visitOf(shape.items);
  if (item !== undefined) visits.push(visitItems(item));
  const value = shape.additionalProperties && visitOf(shape.additionalProperties);
  if (value !== undefined) visits.push(visitValues(value));
  if (visits.length < 2) return visits[0];
  return (at, path, found) => {
    for (const visit of visits) visit(at, path, found);
  };
}

function visitRules(rules: readonly FieldRule[]): Visit {
  return (value, path, found) => {
    for (const rule of rules) {
      for (const violation of rule.check(value)) found.push({ ...violation, path: [...path, ...violation.path] });
    }
  };
}

function visitFields(fields: readonly { readonly name: string; readonly visit: Visit }[]): Visit {
  return (value, path, found) => {
    if (!isObject(value)) return;
    for (const { name, visit } of fields) {
      const field = value[name];
      if (field !== undefined && field !== null) visit(field, [...path, name], found);
    }
  };
}

function visitItems(visit: Visit): Visit {
  return (value, path, found) => {
    if (!isList(value)) return;
    value.forEach((item, index) => {
      if (item !== null) visit(item, [...path, index], found);
    });
  };
}

function visitValues(visit: Visit): Visit {
  return (value, path, found) => {
    if (!isObject(value)) return;
    for (const [name, item] of Object.entries(value)) {
      if (item !== undefined && item !== null) visit(item, [...path, name], found);
    }
  };
}
