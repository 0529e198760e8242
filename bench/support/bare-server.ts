import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { DeltaDiscoveryRequestSchema } from "../../src/envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { FrameReader } from "../../src/serve/grpc/frame.ts";
import type { ResourceType } from "../../src/xds/resource.ts";

/** A discovery response as bytes on the wire, gRPC header included. */
export interface PreparedMessage {
  readonly type: ResourceType;
  readonly nonce: string;
  readonly pieces: readonly Uint8Array[];
}

/**
 * The least a control plane can be: it keeps one delta stream open, writes bytes that were encoded beforehand and waits for their acknowledgement.
 * What a change takes through it is Envoy's own cost.
 */
export class BareServer {
  readonly #server: Http2Server = createServer();
  readonly #acknowledged = new Map<string, () => void>();
  #stream: ServerHttp2Stream | undefined;
  #connected: (() => void) | undefined;
  /** Error texts of refused messages; a benchmark with one is void. */
  readonly refusals: string[] = [];

  async listen(socketPath: string): Promise<void> {
    this.#server.on("stream", (stream: ServerHttp2Stream) => this.#accept(stream));
    await new Promise<void>((resolve) => this.#server.listen(socketPath, resolve));
  }

  /** Resolves once an Envoy has opened its stream. */
  connected(): Promise<void> {
    if (this.#stream !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#connected = resolve;
    });
  }

  /** Writes one message and resolves when Envoy has acknowledged it. */
  async send(message: PreparedMessage): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) throw new Error("no Envoy is connected");
    const done = new Promise<void>((resolve) => this.#acknowledged.set(message.nonce, resolve));
    stream.cork();
    for (const piece of message.pieces) stream.write(piece);
    stream.uncork();
    await done;
  }

  async close(): Promise<void> {
    this.#stream?.session?.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(stream: ServerHttp2Stream): void {
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.on("error", () => undefined);
    const reader = new FrameReader(16 * 1024 * 1024);
    stream.on("data", (chunk: Buffer) => {
      const fed = reader.feed(chunk);
      if (fed.kind === "error") throw new Error(fed.status.message);
      for (const bytes of fed.messages) this.#receive(fromBinary(DeltaDiscoveryRequestSchema, bytes));
    });
    this.#stream = stream;
    this.#connected?.();
  }

  #receive(request: {
    readonly responseNonce: string;
    readonly errorDetail?: { readonly message: string } | undefined;
  }): void {
    if (request.errorDetail !== undefined) this.refusals.push(request.errorDetail.message);
    this.#acknowledged.get(request.responseNonce)?.();
    this.#acknowledged.delete(request.responseNonce);
  }
}

/** An order in which Envoy has asked for everything before it comes: listeners subscribe to extensions and secrets. */
export const sendingOrder: readonly ResourceType[] = [
  "cluster",
  "endpoint",
  "listener",
  "extension",
  "secret",
  "route",
];
