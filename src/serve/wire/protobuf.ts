/** The few parts of the protobuf wire format needed to put already encoded messages into an envelope without copying them. */

/** The length of `value` as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Writes `value` (at most 2^53) as a varint and returns the offset behind it. */
export function writeVarint(target: Buffer, offset: number, value: number): number {
  let rest = value;
  let at = offset;
  while (rest > 0x7f) {
    target[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

/** The tag and length that precede a field of `length` bytes (a message, a string or bytes). Fields 1 to 15 only. */
export function fieldHeader(field: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(1 + varintLength(length));
  header[0] = (field << 3) | 2;
  writeVarint(header, 1, length);
  return header;
}

/** A string field, tag and length included; nothing for an empty string, as proto3 has it. Fields 1 to 15 only. */
export function stringField(field: number, text: string): Buffer {
  if (text === "") return Buffer.alloc(0);
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(1 + varintLength(length) + length);
  bytes[0] = (field << 3) | 2;
  bytes.write(text, writeVarint(bytes, 1, length));
  return bytes;
}
