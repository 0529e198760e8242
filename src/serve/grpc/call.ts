import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { FrameReader } from "./frame.ts";
import { type GrpcStatus, statusHeaders } from "./status.ts";

export interface CallEvents {
  message(bytes: Buffer): void;
  /** The connection takes bytes again after `blocked`. */
  writable(): void;
  /** The client will send no more, or the stream is gone. Called once. */
  ended(): void;
}

/** One call of a client: messages in, messages out, a status at the end. */
export interface Call {
  /** True while bytes wait to be taken by the connection: write nothing more until `writable`. */
  readonly blocked: boolean;
  /** Accepts the call and starts to read. Without it the client's bytes stay where they are. */
  accept(events: CallEvents): void;
  /** Writes one message given in pieces, its frame header included. Nothing is copied. */
  write(pieces: readonly Uint8Array[]): void;
  /** Ends the call. Later calls change nothing. */
  end(status: GrpcStatus): void;
}

/** A call over HTTP/2. */
export class GrpcCall implements Call {
  readonly headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #reader: FrameReader;
  #events: CallEvents | undefined;
  #status: GrpcStatus | undefined;
  #blocked = false;
  #ended = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, maxMessageBytes: number) {
    this.#stream = stream;
    this.headers = headers;
    this.#reader = new FrameReader(maxMessageBytes);
    stream.on("error", () => this.#finish());
    stream.on("close", () => this.#finish());
  }

  get blocked(): boolean {
    return this.#blocked || this.#ended;
  }

  /** Whether anybody is left to answer to. */
  get isOpen(): boolean {
    return !this.#ended && !this.#stream.destroyed;
  }

  accept(events: CallEvents): void {
    if (this.#ended || this.#stream.destroyed) return;
    this.#events = events;
    const stream = this.#stream;
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => {
      stream.sendTrailers(statusHeaders(this.#status ?? { code: "ok", message: "" }));
      // The answer is complete; whatever the client still has to say is not wanted (RFC 9113, section 8.1).
      setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
    });
    stream.on("drain", () => {
      this.#blocked = false;
      if (!this.#ended) events.writable();
    });
    stream.on("data", (chunk: Buffer) => this.#read(chunk, events));
    stream.on("end", () => {
      const whole = this.#reader.atBoundary;
      this.end(whole ? { code: "ok", message: "" } : { code: "internal", message: "the call ends within a message" });
    });
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.#ended) return;
    const [only] = pieces;
    if (only !== undefined && pieces.length === 1) {
      this.#blocked = !this.#stream.write(only);
      return;
    }
    this.#stream.cork();
    for (const piece of pieces) if (!this.#stream.write(piece)) this.#blocked = true;
    this.#stream.uncork();
  }

  end(status: GrpcStatus): void {
    if (this.#ended) return;
    this.#status = status;
    if (this.#stream.headersSent) this.#stream.end();
    else refuse(this.#stream, status);
    this.#finish();
  }

  #read(chunk: Buffer, events: CallEvents): void {
    if (this.#ended) return;
    const fed = this.#reader.feed(chunk);
    if (fed.kind === "error") {
      this.end(fed.status);
      return;
    }
    for (const message of fed.messages) {
      if (this.#ended) return;
      events.message(message);
    }
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events?.ended();
  }
}

/** Answers with headers alone (gRPC over HTTP/2, "Trailers-Only"). */
function refuse(stream: ServerHttp2Stream, status: GrpcStatus): void {
  if (stream.destroyed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc", ...statusHeaders(status) }, { endStream: true });
  setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
}
