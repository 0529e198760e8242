import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { FrameReader, frameHeaderBytes, writeFrameHeader } from "../grpc/frame.ts";

/** A bare gRPC client over a Unix socket, for tests that look at the wire. */
export function connectTo(path: string): ClientHttp2Session {
  const session = connect("http://localhost", { createConnection: () => connectSocket(path) });
  session.on("error", () => undefined);
  return session;
}

export const deltaPath = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
export const statePath = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

/** One open call: `next` gives messages in the order in which they arrive. */
export class TestCall {
  readonly stream: ClientHttp2Stream;
  readonly status: Promise<string>;
  readonly #arrived: Buffer[] = [];
  #waiting: ((message: Buffer) => void)[] = [];

  constructor(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders = {}) {
    const reader = new FrameReader(1 << 30);
    this.stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    this.stream.on("error", () => undefined);
    this.stream.on("data", (chunk: Buffer) => {
      const fed = reader.feed(chunk);
      if (fed.kind === "error") throw new Error(fed.status.message);
      for (const message of fed.messages) this.#take(Buffer.from(message));
    });
    this.status = new Promise((resolve) => {
      const settle = (fields: Record<string, unknown>) => {
        const { "grpc-status": status, "grpc-message": text } = fields;
        if (typeof status === "string") resolve(typeof text === "string" ? `${status} ${text}` : status);
      };
      this.stream.on("response", settle);
      this.stream.on("trailers", settle);
      this.stream.on("close", () => resolve("closed"));
    });
  }

  send(message: Uint8Array): void {
    const header = Buffer.alloc(frameHeaderBytes);
    writeFrameHeader(header, message.length);
    this.stream.write(Buffer.concat([header, message]));
  }

  next(): Promise<Buffer> {
    const message = this.#arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Messages that have arrived and were not asked for. */
  get unread(): number {
    return this.#arrived.length;
  }

  #take(message: Buffer): void {
    const [waiting, ...others] = this.#waiting;
    this.#waiting = others;
    if (waiting === undefined) this.#arrived.push(message);
    else waiting(message);
  }
}
