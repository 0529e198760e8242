import type { KindDefinition, OpenApiSchema } from "../../admission/kind-definition.ts";
import { isList, isObject } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { badRequest } from "../api-error.ts";
import { field } from "./json-value.ts";
import { inElementOrder } from "./list-order.ts";
import { isAtomicMapping, type ListRule, listRuleOf, schemaOfField } from "./merge-rule.ts";

/** Directives of the strategic merge patch, in the patch beside or in place of the fields they speak about. */
const PATCH = "$patch";
const RETAIN_KEYS = "$retainKeys";
const SET_ELEMENT_ORDER = "$setElementOrder/";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";

/**
 * Kubernetes' strategic merge patch: as a merge patch, but lists whose kind says so are merged item by item (or value by value), and
 * directives delete, replace and order what a merge alone cannot.
 */
export function applyStrategicMergePatch(
  definition: KindDefinition,
  target: JsonObject,
  patch: JsonObject,
): JsonObject {
  return mergeMapping({ builtIn: definition.builtIn }, definition.schema, target, patch);
}

interface Merge {
  readonly builtIn: boolean;
}

function mergeMapping(
  merge: Merge,
  schema: OpenApiSchema | undefined,
  target: JsonObject,
  patch: JsonObject,
): JsonObject {
  switch (directiveOf(patch)) {
    case "replace":
      return mergeFields(merge, schema, {}, patch);
    case "delete":
      return {};
    default:
      return mergeFields(merge, schema, retained(target, patch), patch);
  }
}

function mergeFields(
  merge: Merge,
  schema: OpenApiSchema | undefined,
  target: JsonObject,
  patch: JsonObject,
): JsonObject {
  const merged = new Map<string, Json | undefined>(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$") && !isListDirective(name)) continue;
    if (isListDirective(name)) {
      const list = name.slice(name.indexOf("/") + 1);
      // A directive beside the field it speaks about is applied with it.
      if (!Object.hasOwn(patch, list)) mergeListField(merge, schema, merged, patch, list);
    } else if (value === null) {
      merged.delete(name);
    } else if (isList(value)) {
      mergeListField(merge, schema, merged, patch, name);
    } else if (isObject(value)) {
      const inner = schemaOfField(schema, name);
      const current = field(target, name);
      const start = isObject(current) && !isAtomicMapping(inner) ? current : {};
      const result = mergeMapping(merge, inner, start, value);
      if (directiveOf(value) === "delete") merged.delete(name);
      else merged.set(name, result);
    } else {
      merged.set(name, value);
    }
  }
  return Object.fromEntries(merged);
}

function mergeListField(
  merge: Merge,
  schema: OpenApiSchema | undefined,
  merged: Map<string, Json | undefined>,
  patch: JsonObject,
  name: string,
): void {
  const inner = schemaOfField(schema, name);
  const rule = listRuleOf(inner, merge.builtIn);
  const current = merged.get(name);
  const target = isList(current) ? current : [];
  const deleted = listIn(patch, `${DELETE_FROM_LIST}${name}`);
  const given = listIn(patch, name) ?? [];
  const order = listIn(patch, `${SET_ELEMENT_ORDER}${name}`);
  if (current === undefined && given.length === 0 && !Object.hasOwn(patch, name)) return;
  if (rule.kind === "replace") {
    if (Object.hasOwn(patch, name))
      merged.set(
        name,
        given.map((item) => withoutDirectives(merge, inner?.items, item)),
      );
    return;
  }
  const result =
    rule.kind === "values"
      ? mergeValues(target, given, deleted ?? [])
      : mergeItems(merge, rule, inner?.items, target, given, name);
  const identity = rule.kind === "items" ? rule.identity : JSON.stringify;
  if (order !== undefined) checkOrder(given, order, identity, name);
  // Without a directive the patch itself is the order: what it adds comes before what it does not mention.
  merged.set(name, inElementOrder(result, order ?? given, target, identity));
}

/** What the patch adds or changes must stand in the order that it sets. */
function checkOrder(
  given: readonly Json[],
  order: readonly Json[],
  identity: (item: Json) => string,
  name: string,
): void {
  const places = order.map(identity);
  let last = -1;
  for (const item of given) {
    if (isObject(item) && directiveOf(item) !== undefined) continue;
    const place = places.indexOf(identity(item));
    if (place <= last)
      throw badRequest(`the order of the list ${name} in the patch does not match its ${SET_ELEMENT_ORDER}${name}`);
    last = place;
  }
}

function mergeValues(target: readonly Json[], given: readonly Json[], deleted: readonly Json[]): readonly Json[] {
  const gone = new Set(deleted.map((value) => JSON.stringify(value)));
  const merged = new Map<string, Json>();
  for (const value of [...target.filter((each) => !gone.has(JSON.stringify(each))), ...given]) {
    merged.set(JSON.stringify(value), value);
  }
  return [...merged.values()];
}

function mergeItems(
  merge: Merge,
  rule: Extract<ListRule, { kind: "items" }>,
  schema: OpenApiSchema | undefined,
  target: readonly Json[],
  given: readonly Json[],
  name: string,
): readonly Json[] {
  const patches = given.map((item) => {
    if (!isObject(item)) throw badRequest(`every item of the list ${name} in the patch must be an object`);
    return item;
  });
  const isReplacement = patches.some((item) => directiveOf(item) === "replace" && isDirectiveOnly(item));
  let items: readonly Json[] = isReplacement ? [] : target;
  for (const item of patches) {
    const directive = directiveOf(item);
    if (directive === "replace" && isDirectiveOnly(item)) continue;
    for (const key of rule.keys) {
      const isKnown = item[key] !== undefined || schema?.properties?.[key]?.default !== undefined;
      if (!isKnown) throw badRequest(`an item of the list ${name} in the patch does not contain the merge key: ${key}`);
    }
    const identity = rule.identity(item);
    const position = items.findIndex((existing) => rule.identity(existing) === identity);
    const existing = items[position];
    if (directive === "delete") {
      items = items.filter((each) => rule.identity(each) !== identity);
      continue;
    }
    const result = mergeMapping(merge, schema, isObject(existing) ? existing : {}, item);
    items = position < 0 ? [...items, result] : items.with(position, result);
  }
  return items;
}

/** `$retainKeys` lists the fields that may stay; those of the object that it leaves out go. */
function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const names = listIn(patch, RETAIN_KEYS);
  if (names === undefined) return target;
  const extra = Object.keys(patch).find(
    (name) => !name.startsWith("$") && patch[name] !== null && !names.includes(name),
  );
  if (extra !== undefined) throw badRequest(`the field ${extra} of the patch is not listed in its ${RETAIN_KEYS}`);
  return Object.fromEntries(Object.entries(target).filter(([name]) => names.includes(name)));
}

function withoutDirectives(merge: Merge, schema: OpenApiSchema | undefined, value: Json): Json {
  return isObject(value) ? mergeMapping(merge, schema, {}, value) : value;
}

function directiveOf(patch: JsonObject): "replace" | "delete" | "merge" | undefined {
  const directive = field(patch, PATCH);
  if (directive === undefined || directive === "replace" || directive === "delete" || directive === "merge")
    return directive;
  throw badRequest(`unknown directive ${PATCH}: ${JSON.stringify(directive)}; known are replace, delete and merge`);
}

function isDirectiveOnly(item: JsonObject): boolean {
  return Object.keys(item).length === 1;
}

function isListDirective(name: string): boolean {
  return name.startsWith(SET_ELEMENT_ORDER) || name.startsWith(DELETE_FROM_LIST);
}

function listIn(patch: JsonObject, name: string): readonly Json[] | undefined {
  const value = field(patch, name);
  if (value === undefined || value === null) return undefined;
  if (!isList(value)) throw badRequest(`${name} in the patch must be a list`);
  return value;
}
