import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const opcodes = { close: 0x8, ping: 0x9, pong: 0xa } as const;
const longestFrame = 1 << 20;
const tooBig = 1009;
const protocolError = 1002;

/** Takes a WebSocket handshake (RFC 6455, section 4.2.2) and then sends back every frame it gets. */
export function echoWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const key = request.headers["sec-websocket-key"];
  if (request.headers.upgrade?.toLowerCase() !== "websocket" || key === undefined) {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("error", () => socket.destroy());
  let waiting = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const read = readFrame(waiting);
      if (read === "incomplete") return;
      if (typeof read === "number") {
        socket.end(writeFrame(0x80 | opcodes.close, statusPayload(read)));
        return;
      }
      waiting = waiting.subarray(read.length);
      const opcode = read.head & 0x0f;
      if (opcode === opcodes.ping) socket.write(writeFrame(0x80 | opcodes.pong, read.payload));
      else if (opcode === opcodes.close) {
        socket.end(writeFrame(0x80 | opcodes.close, read.payload));
        return;
      } else if (opcode !== opcodes.pong) socket.write(writeFrame(read.head, read.payload));
    }
  };
  socket.on("data", take);
  if (head.length > 0) take(head);
}

interface Frame {
  /** The first byte: FIN, reserved bits, opcode. */
  readonly head: number;
  readonly payload: Buffer;
  /** Of the whole frame. */
  readonly length: number;
}

/** The first frame in `bytes`, or the close code to answer what is no acceptable frame. */
function readFrame(bytes: Buffer): Frame | "incomplete" | number {
  const [head, second] = bytes;
  if (head === undefined || second === undefined) return "incomplete";
  // "A client MUST mask all frames that it sends to the server" (RFC 6455, section 5.1); no extension gives the reserved bits a meaning.
  if (second < 0x80 || (head & 0x70) !== 0) return protocolError;
  const short = second & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const maskAt = 2 + lengthBytes;
  if (bytes.length < maskAt + 4) return "incomplete";
  const size = lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : lengthBytes === 2 ? bytes.readUInt16BE(2) : short;
  if (size > longestFrame) return tooBig;
  const length = maskAt + 4 + size;
  if (bytes.length < length) return "incomplete";
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = Buffer.from(bytes.subarray(maskAt + 4, length));
  for (let index = 0; index < size; index++) payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
  return { head, payload, length };
}

function writeFrame(head: number, payload: Buffer): Buffer {
  const size = payload.length;
  if (size < 126) return Buffer.concat([Buffer.from([head, size]), payload]);
  const start = Buffer.alloc(size < 0x10000 ? 4 : 10);
  start[0] = head;
  start[1] = size < 0x10000 ? 126 : 127;
  if (size < 0x10000) start.writeUInt16BE(size, 2);
  else start.writeBigUInt64BE(BigInt(size), 2);
  return Buffer.concat([start, payload]);
}

function statusPayload(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return payload;
}
