import type {
  Http2SecureServer,
  Http2Server,
  Http2Session,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Clock } from "../clock.ts";
import { GrpcCall } from "./call.ts";
import { type KeepaliveOptions, keepAlive } from "./session-keepalive.ts";

export interface GrpcServerOptions {
  /** Called for each gRPC call, whatever its path; `session` is the connection it came over. */
  readonly onCall: (call: GrpcCall, path: string, session: Http2Session) => void;
  readonly maxMessageBytes: number;
  readonly keepalive: KeepaliveOptions;
  readonly clock: Clock;
}

/** Calls over the connections of a `node:http2` server. */
export class GrpcServer {
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #server: Http2Server | Http2SecureServer;
  readonly #options: GrpcServerOptions;
  #draining = false;

  constructor(server: Http2Server | Http2SecureServer, options: GrpcServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on("session", (session: ServerHttp2Session) => this.#startSession(session));
    server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => this.#startCall(stream, headers));
  }

  /** Open connections. */
  get connections(): number {
    return this.#sessions.size;
  }

  /**
   * Takes no more calls and tells clients to go elsewhere (GOAWAY). The calls themselves must be ended by their owner; connections that are
   * still open after `graceMs` are cut.
   */
  async close(graceMs: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    const cancel = this.#options.clock.after(graceMs, () => {
      for (const session of this.#sessions) session.destroy();
    });
    await closed;
    cancel();
  }

  #startSession(session: ServerHttp2Session): void {
    if (this.#draining) {
      session.destroy();
      return;
    }
    this.#sessions.add(session);
    session.on("close", () => this.#sessions.delete(session));
    // A broken connection ends its calls, which is all there is to do about it.
    session.on("error", () => session.destroy());
    keepAlive(session, this.#options.keepalive, this.#options.clock);
  }

  #startCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { session } = stream;
    if (session === undefined || stream.destroyed) return;
    const contentType = headers["content-type"] ?? "";
    if (headers[":method"] !== "POST" || !contentType.startsWith("application/grpc")) {
      stream.on("error", () => undefined);
      stream.respond({ ":status": headers[":method"] === "POST" ? 415 : 405 }, { endStream: true });
      return;
    }
    const call = new GrpcCall(stream, headers, this.#options.maxMessageBytes);
    if (this.#draining) {
      call.end({ code: "unavailable", message: "the control plane is shutting down" });
      return;
    }
    this.#options.onCall(call, headers[":path"] ?? "", session);
  }
}
