import { type DescField, type DescMessage, type Message, type MessageShape, toBinary } from "@bufbuild/protobuf";

/**
 * Encodes a message so that equal messages give equal bytes.
 *
 * Fields are written in the order of their numbers; protobuf leaves the order of map entries open, so they are sorted by
 * key here, at any depth, and so are the members of `google.protobuf.Struct` fields. The message is not changed.
 */
export function encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array<ArrayBuffer> {
  return toBinary(schema, sortMaps(schema, message));
}

/** Fields below which a map can occur, by message type: a memo of what the descriptors say. */
const mapFields = new WeakMap<DescMessage, readonly DescField[]>();

function fieldsWithMaps(desc: DescMessage): readonly DescField[] {
  let fields = mapFields.get(desc);
  if (fields === undefined) {
    fields = desc.fields.filter((field) => field.fieldKind === "map" || reachesMap(field.message, new Set()));
    mapFields.set(desc, fields);
  }
  return fields;
}

function reachesMap(desc: DescMessage | undefined, seen: Set<DescMessage>): boolean {
  if (desc === undefined || seen.has(desc)) return false;
  seen.add(desc);
  return desc.fields.some((field) => field.fieldKind === "map" || reachesMap(field.message, seen));
}

function sortMaps<M extends Message>(desc: DescMessage, message: M): M {
  let copy: M | undefined;
  for (const field of fieldsWithMaps(desc)) {
    const holder: unknown = field.oneof === undefined ? message : Reflect.get(message, field.oneof.localName);
    if (!isRecord(holder)) continue;
    if (field.oneof !== undefined && holder.case !== field.localName) continue;
    const value = holder[field.oneof === undefined ? field.localName : "value"];
    const sorted = sortValue(field, value);
    if (sorted === value) continue;
    copy ??= { ...message };
    if (field.oneof === undefined) Reflect.set(copy, field.localName, sorted);
    else Reflect.set(copy, field.oneof.localName, { case: field.localName, value: sorted });
  }
  return copy ?? message;
}

function sortValue(field: DescField, value: unknown): unknown {
  const inner = (item: unknown): unknown => {
    if (field.message === undefined || !isRecord(item)) return item;
    return isMessage(item) ? sortMaps(field.message, item) : sortJson(item);
  };
  if (field.fieldKind === "list") return Array.isArray(value) ? mapUnlessSame(value, inner) : value;
  if (field.fieldKind === "map") return isRecord(value) ? sortKeys(value, inner) : value;
  return inner(value);
}

function sortJson(value: unknown): unknown {
  if (Array.isArray(value)) return mapUnlessSame(value, sortJson);
  return isRecord(value) ? sortKeys(value, sortJson) : value;
}

/** `value` itself when its keys are in order and no member changes. */
function sortKeys(value: Record<string, unknown>, inner: (item: unknown) => unknown): Record<string, unknown> {
  const keys = Object.keys(value);
  const sorted = keys.toSorted();
  let same = true;
  const entries = sorted.map((key, index) => {
    const item = inner(value[key]);
    if (key !== keys[index] || item !== value[key]) same = false;
    return [key, item] as const;
  });
  return same ? value : Object.fromEntries(entries);
}

function mapUnlessSame(items: readonly unknown[], inner: (item: unknown) => unknown): readonly unknown[] {
  const mapped = items.map(inner);
  return mapped.every((item, index) => item === items[index]) ? items : mapped;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMessage(value: Record<string, unknown>): value is Record<string, unknown> & Message {
  return typeof value.$typeName === "string";
}
