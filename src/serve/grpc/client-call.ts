import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import { FrameReader, frameHeaderBytes, writeFrameHeader } from "./frame.ts";

export interface ClientCallEvents {
  message(bytes: Buffer): void;
  /** The call is over. Called once; nothing comes after it. */
  ended(outcome: CallOutcome): void;
}

/** How a call ended, by gRPC's numbers ("Status codes and their use"). */
export interface CallOutcome {
  readonly code: number;
  readonly message: string;
}

export interface ClientCallOptions {
  readonly session: ClientHttp2Session;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly token: string;
  /** A longer message ends the call. */
  readonly maxMessageBytes: number;
  readonly events: ClientCallEvents;
}

/** For calls that end without a word: the connection broke, or the peer is no gRPC server. */
const unavailable = 14;
const lost = "the connection ended";

/** One call to a gRPC server, whose messages the caller brings in wire form. */
export class ClientCall {
  readonly #stream: ClientHttp2Stream;
  readonly #events: ClientCallEvents;
  #outcome: CallOutcome = { code: unavailable, message: lost };
  #ended = false;

  constructor({ session, path, token, maxMessageBytes, events }: ClientCallOptions) {
    this.#events = events;
    this.#stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      authorization: `Bearer ${token}`,
    });
    const reader = new FrameReader(maxMessageBytes);
    this.#stream.on("response", (headers) => this.#response(headers));
    this.#stream.on("trailers", (headers: IncomingHttpHeaders) => this.#status(headers));
    this.#stream.on("data", (chunk: Buffer) => this.#read(reader, chunk));
    this.#stream.on("error", (error) => this.cancel(error.cause instanceof Error ? error.cause.message : lost));
    // What was said before comes first.
    for (const event of ["end", "close"]) this.#stream.on(event, () => this.#finish(this.#outcome));
  }

  send(message: Uint8Array): void {
    const header = Buffer.alloc(frameHeaderBytes);
    writeFrameHeader(header, message.length);
    this.#stream.write(Buffer.concat([header, message]));
  }

  /** Gives the call up. */
  cancel(reason: string): void {
    this.#finish({ code: unavailable, message: reason });
  }

  #read(reader: FrameReader, chunk: Buffer): void {
    if (this.#ended) return;
    const fed = reader.feed(chunk);
    if (fed.kind === "error") {
      this.cancel(fed.status.message);
      return;
    }
    for (const message of fed.messages) if (!this.#ended) this.#events.message(message);
  }

  #response(headers: IncomingHttpHeaders): void {
    const status = Number(headers[":status"]);
    if (status === 200) this.#status(headers);
    else this.cancel(`the server answered HTTP ${status}`);
  }

  #status(headers: IncomingHttpHeaders): void {
    const code = headers["grpc-status"];
    if (typeof code !== "string") return;
    const message = headers["grpc-message"];
    this.#outcome = { code: Number(code), message: typeof message === "string" ? decoded(message) : "" };
  }

  #finish(outcome: CallOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#stream.closed) this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#events.ended(outcome);
  }
}

/** gRPC over HTTP/2, "Status-Message". */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
