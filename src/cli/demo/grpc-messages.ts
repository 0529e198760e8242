/**
 * As much of gRPC's framing and of protobuf's wire format as the demo service needs: unary calls, messages of string fields. By
 * hand, so that the demo backend loads nothing and works where no API types have been generated.
 */

export const demoService = "weir.demo.v1.Demo";
export const healthService = "grpc.health.v1.Health";

/** Status codes of gRPC that the demo uses. */
export const grpcStatus = { ok: 0, invalidArgument: 3, unimplemented: 12, internal: 13, unavailable: 14 } as const;

const frameHead = 5;

/** A message behind its five-byte prefix: no compression, length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(frameHead + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, frameHead);
  return framed;
}

/** The one message of a unary call's body; undefined if it is not exactly one, uncompressed. */
export function unframe(body: Buffer): Buffer | undefined {
  if (body.length < frameHead || body.readUInt8(0) !== 0) return undefined;
  return body.readUInt32BE(1) === body.length - frameHead ? body.subarray(frameHead) : undefined;
}

/** A message whose fields are all strings; empty ones are left out, as proto3 does. */
export function encodeStrings(fields: Readonly<Record<number, string>>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [field, text] of Object.entries(fields)) {
    if (text === "") continue;
    const bytes = Buffer.from(text);
    parts.push(varint((Number(field) << 3) | 2), varint(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

/** The string fields of a message by number, the last one where a field occurs twice; undefined if it is not a message. */
export function decodeStrings(message: Buffer): ReadonlyMap<number, string> | undefined {
  const fields = new Map<number, string>();
  let at = 0;
  const number = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < message.length) {
    const tag = number();
    if (tag === undefined) return undefined;
    const wireType = tag % 8;
    if (wireType === 0) {
      if (number() === undefined) return undefined;
    } else if (wireType === 2) {
      const length = number();
      if (length === undefined || at + length > message.length) return undefined;
      fields.set(Math.floor(tag / 8), message.toString("utf8", at, at + length));
      at += length;
    } else if (wireType === 1 || wireType === 5) {
      at += wireType === 1 ? 8 : 4;
      if (at > message.length) return undefined;
    } else return undefined;
  }
  return fields;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
