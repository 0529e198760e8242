import type { GrpcStatus } from "./status.ts";

/** gRPC over HTTP/2: each message is preceded by a flag (compressed or not) and a four-byte big-endian length. */
export const frameHeaderBytes = 5;

/** Writes the header of an uncompressed message into the first five bytes of `target`. */
export function writeFrameHeader(target: Buffer, messageBytes: number): void {
  target[0] = 0;
  target.writeUInt32BE(messageBytes, 1);
}

type Fed =
  | { readonly kind: "messages"; readonly messages: readonly Buffer[] }
  | { readonly kind: "error"; readonly status: GrpcStatus };

/** Cuts the bytes of a call into messages. Holds at most one incomplete message, never longer than `maxMessageBytes`. */
export class FrameReader {
  readonly #maxMessageBytes: number;
  #parts: Buffer[] = [];
  #buffered = 0;
  /** Bytes needed before anything more can be cut off. */
  #needed = frameHeaderBytes;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** True when the call may end here: no message is cut in half. */
  get atBoundary(): boolean {
    return this.#buffered === 0;
  }

  /** The messages completed by `chunk`, or why the call must end. After an error the reader must not be fed again. */
  feed(chunk: Buffer): Fed {
    this.#parts.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#needed) return { kind: "messages", messages: [] };

    let bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#buffered);
    const messages: Buffer[] = [];
    this.#needed = frameHeaderBytes;
    while (bytes.length >= frameHeaderBytes) {
      const length = bytes.readUInt32BE(1);
      const refusal = this.#refuse(bytes[0] ?? 0, length);
      if (refusal !== undefined) return { kind: "error", status: refusal };
      const end = frameHeaderBytes + length;
      if (bytes.length < end) {
        this.#needed = end;
        break;
      }
      messages.push(bytes.subarray(frameHeaderBytes, end));
      bytes = bytes.subarray(end);
    }
    this.#parts = bytes.length === 0 ? [] : [bytes];
    this.#buffered = bytes.length;
    return { kind: "messages", messages };
  }

  #refuse(flag: number, length: number): GrpcStatus | undefined {
    if (flag === 1) return { code: "unimplemented", message: "compressed messages are not supported; send identity" };
    if (flag !== 0) return { code: "internal", message: `invalid message flag ${flag}` };
    if (length > this.#maxMessageBytes) {
      return {
        code: "resourceExhausted",
        message: `message of ${length} bytes exceeds the limit of ${this.#maxMessageBytes}`,
      };
    }
    return undefined;
  }
}
