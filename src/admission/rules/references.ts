import { isList, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { RuleViolation } from "../kind-definition.ts";
import type { FieldRule } from "../shape.ts";

/** Rules about references of the Gateway API. */

const targetFields = ["group", "kind", "name"] as const;
const parentFields = ["group", "kind", "namespace", "name"] as const;

/** Empty, absent and 0 mean the same: no section, no port. */
function sectionOf(reference: Json): string {
  return textAt(reference, "sectionName") ?? "";
}

function portOf(reference: Json): number {
  return numberAt(reference, "port") ?? 0;
}

function identity(reference: Json, fields: readonly string[]): string {
  return JSON.stringify(fields.map((field) => textAt(reference, field) ?? ""));
}

/** Every reference that shares its target with an earlier one, with the index of that earlier one. */
function repeated(
  list: Json,
  fields: readonly string[],
): { reference: Json; index: number; first: Json; firstIndex: number }[] {
  if (!isList(list)) return [];
  const seen = new Map<string, { first: Json; firstIndex: number }>();
  return list.flatMap((reference, index) => {
    const key = identity(reference, fields);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, { first: reference, firstIndex: index });
    return first === undefined ? [] : [{ reference, index, ...first }];
  });
}

function duplicates(
  list: Json,
  keyOf: (reference: Json) => string,
  message: (first: number) => string,
): RuleViolation[] {
  if (!isList(list)) return [];
  const seen = new Map<string, number>();
  return list.flatMap((reference, index) => {
    const key = keyOf(reference);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    return first === undefined ? [] : [{ path: [index], message: message(first) }];
  });
}

export const parentRefsDistinct: FieldRule = {
  name: "parent-refs-name-sections",
  check: (list) =>
    repeated(list, parentFields)
      .filter(
        ({ reference, first }) =>
          (sectionOf(reference) === "") !== (sectionOf(first) === "") ||
          (portOf(reference) === 0) !== (portOf(first) === 0),
      )
      .map(({ index, firstIndex }) => ({
        path: [index],
        message: `refers to the same parent as parentRefs[${firstIndex}], but only one of them names a section or port`,
        hint: "Give every reference to one parent a sectionName, or every one a port.",
      })),
};

export const parentRefsUnique: FieldRule = {
  name: "parent-refs-unique",
  check: (list) =>
    duplicates(
      list,
      (reference) => JSON.stringify([identity(reference, parentFields), sectionOf(reference), portOf(reference)]),
      (first) => `repeats parentRefs[${first}]`,
    ),
};

export const targetRefsDistinct: FieldRule = {
  name: "target-refs-name-sections",
  check: (list) =>
    repeated(list, targetFields)
      .filter(({ reference, first }) => (sectionOf(reference) === "") !== (sectionOf(first) === ""))
      .map(({ index, firstIndex }) => ({
        path: [index],
        message: `refers to the same target as targetRefs[${firstIndex}], but only one of them names a section`,
        hint: "Give every reference to one target a sectionName, or none.",
      })),
};

export const targetRefsUnique: FieldRule = {
  name: "target-refs-unique",
  check: (list) =>
    duplicates(
      list,
      (reference) => JSON.stringify([identity(reference, targetFields), sectionOf(reference)]),
      (first) => `repeats targetRefs[${first}]`,
    ),
};

export const backendNeedsPort: FieldRule = {
  name: "service-backend-needs-port",
  check: (reference) => {
    const isService = textAt(reference, "group") === "" && textAt(reference, "kind") === "Service";
    if (!isService || valueAt(reference, "port") !== undefined) return [];
    return [{ path: [], message: "refers to a Service without a port", hint: "Add `port`, the port of the Service." }];
  },
};
