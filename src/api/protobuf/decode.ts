import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { deleteOptions, kindShapes } from "./kind-shapes.ts";
import type { FieldShape, MessageShape } from "./message-shape.ts";

/** What every message of the Kubernetes protobuf encoding begins with ("k8s" and a zero byte). */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/**
 * An object from the protobuf encoding that kubectl's own `create` commands send. Undefined for a kind, or a field of a kind, that is not
 * in the tables: nothing may get lost on the way. Throws where the bytes are no such message.
 */
export function decodeKubernetesProtobuf(bytes: Uint8Array): JsonObject | undefined {
  if (!magic.equals(bytes.subarray(0, magic.length))) throw new Error("the magic number is missing");
  let apiVersion = "";
  let kind = "";
  let raw: Uint8Array = new Uint8Array();
  const reader = new BinaryReader(bytes.subarray(magic.length));
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === 1) {
      const type = new BinaryReader(reader.bytes());
      while (type.pos < type.len) {
        const [typeField] = type.tag();
        if (typeField === 1) apiVersion = type.string();
        else kind = type.string();
      }
    } else if (number === 2) {
      raw = reader.bytes();
    } else {
      reader.skip(wireType, number);
    }
  }
  const known = kind === "DeleteOptions" ? deleteOptions : kindShapes.get(`${apiVersion}/${kind}`);
  const fields = known && decodeMessage(known, raw);
  return fields && { apiVersion, kind, ...fields };
}

function decodeMessage(shape: MessageShape, bytes: Uint8Array): JsonObject | undefined {
  const fields = new Map<string, Json>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = shape.get(number);
    if (field === undefined) return undefined;
    if (field.kind === "ignored") reader.skip(wireType, number);
    else if (!decodeField(field, reader, wireType, fields)) return undefined;
  }
  return Object.fromEntries(fields);
}

/** False where something unknown is inside. */
function decodeField(
  field: Exclude<FieldShape, { kind: "ignored" }>,
  reader: BinaryReader,
  wireType: WireType,
  fields: Map<string, Json>,
): boolean {
  const before = field.kind === "message" && field.inline ? undefined : fields.get(field.name);
  const add = (value: Json, repeated: boolean): void => {
    fields.set(field.name, repeated ? [...(Array.isArray(before) ? before : []), value] : value);
  };
  switch (field.kind) {
    case "text": {
      const value = reader.string();
      if (value !== "" || field.kept) add(value, field.repeated);
      return true;
    }
    case "integer": {
      if (wireType !== WireType.Varint) return false;
      const value = Number(reader.int64());
      if (value !== 0 || field.kept) add(value, field.repeated);
      return true;
    }
    case "flag": {
      const value = reader.bool();
      if (value || field.kept) add(value, field.repeated);
      return true;
    }
    case "message": {
      const inner = decodeMessage(field.shape, reader.bytes());
      if (inner === undefined) return false;
      if (field.inline) for (const [name, value] of Object.entries(inner)) fields.set(name, value ?? null);
      else add(inner, field.repeated);
      return true;
    }
    case "map": {
      const [key, value] = decodeEntry(reader.bytes(), field.values);
      const entries = typeof before === "object" && before !== null && !Array.isArray(before) ? before : {};
      add(Object.fromEntries([...Object.entries(entries), [key, value]]), false);
      return true;
    }
    case "time": {
      const seconds = decodeNumbers(reader.bytes()).get(1);
      if (seconds !== undefined) add(new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z"), false);
      return true;
    }
    case "int-or-string":
      add(decodeIntOrString(reader.bytes()), false);
      return true;
  }
}

function decodeEntry(bytes: Uint8Array, values: "text" | "base64"): readonly [string, string] {
  let key = "";
  let value = "";
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number] = reader.tag();
    if (number === 1) key = reader.string();
    else value = values === "text" ? reader.string() : Buffer.from(reader.bytes()).toString("base64");
  }
  return [key, value];
}

/** intstr.IntOrString: 1 says which of the two, 2 is the number, 3 the text. */
function decodeIntOrString(bytes: Uint8Array): number | string {
  let isText = false;
  let number = 0;
  let text = "";
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) isText = reader.int32() === 1;
    else if (field === 2) number = reader.int32();
    else text = reader.string();
  }
  return isText ? text : number;
}

function decodeNumbers(bytes: Uint8Array): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    numbers.set(field, Number(reader.int64()));
  }
  return numbers;
}
