import { isUtf8 } from "node:buffer";

/** Larger files are not read: what people write is far smaller, and parsing would hold everything else up. */
export const maxFileBytes = 5 * 1024 * 1024;

export type TextOfBytes =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "refused"; readonly line: number; readonly message: string; readonly hint: string };

/** The text of a file, without byte order mark, or why it is none. */
export function textOfBytes(bytes: Uint8Array): TextOfBytes {
  if (bytes.length > maxFileBytes) return refused(1, ...tooLarge(bytes.length));
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return refused(1, "the file is UTF-16, not UTF-8", "Save it as UTF-8.");
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    return refused(lineOf(bytes, zero), "the file is binary", "Name files .yaml or .json only if they are text.");
  if (!isUtf8(bytes)) return refused(firstBadLine(bytes), "the line is not UTF-8", "Save the file as UTF-8.");
  return { kind: "text", text: new TextDecoder("utf-8").decode(bytes) };
}

export function tooLarge(size: number): [message: string, hint: string] {
  const limit = `${maxFileBytes / 1024 / 1024} MiB`;
  return [`the file has ${size} bytes; at most ${limit} are read`, "Split the file."];
}

function refused(line: number, message: string, hint: string): TextOfBytes {
  return { kind: "refused", line, message, hint };
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line++;
  return line;
}

/** No byte of a multi-byte character is a line feed, so each line can be judged on its own. */
function firstBadLine(bytes: Uint8Array): number {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
