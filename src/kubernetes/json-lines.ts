import type { Json } from "../model/source-object.ts";

const NEWLINE = 0x0a;

/**
 * The JSON values of a stream with one value a line. Throws if the stream ends inside a line: what was being said is lost then.
 * Bytes are put together once a line is complete, so a long line that comes in many pieces costs no more than its length.
 */
export async function* parseJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Json, void, undefined> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      const line = chunk.subarray(start, end);
      const whole = begun.length === 0 ? line : Buffer.concat([...begun, line]);
      begun = [];
      start = end + 1;
      if (whole.length > 0) yield parse(whole);
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  // The last line of an answer need not end with a newline; if it broke off, it does not parse.
  if (begun.length > 0) yield parse(Buffer.concat(begun));
}

function parse(line: Buffer): Json {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    // The line itself may hold secrets.
    throw new Error(`a line of ${line.length} bytes is not JSON, or broke off`);
  }
}
