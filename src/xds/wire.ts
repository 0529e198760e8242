import { BinaryWriter } from "@bufbuild/protobuf/wire";

const LENGTH_DELIMITED = 2;

/**
 * Parts, one behind the other, as one length-delimited field of a protobuf message. Fields framed this way may be concatenated into the
 * message that declares them: protobuf reads fields in any order.
 */
export function frameField(field: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = new BinaryWriter()
    .uint32(((field << 3) | LENGTH_DELIMITED) >>> 0)
    .uint32(length)
    .finish();
  return concatenate([head, ...parts], head.length + length);
}

export function concatenate(parts: readonly Uint8Array[], length?: number): Uint8Array {
  let total = length ?? 0;
  if (length === undefined) for (const part of parts) total += part.length;
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
