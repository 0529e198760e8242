import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { answer, type DemoIdentity, type DemoRequest } from "./answer.ts";
import { answerGrpc } from "./grpc-service.ts";
import { echoWebSocket } from "./websocket.ts";

export interface DemoBackendOptions extends DemoIdentity {
  readonly address: string;
  /** 0 for any free port. */
  readonly port: number;
}

export interface DemoBackend {
  readonly port: number;
  close(): Promise<void>;
}

const longestBody = 1 << 16;

/**
 * A server to try things with: HTTP/1.1, HTTP/2 without TLS, gRPC and WebSocket echo, all on one port. Rejects when the port cannot
 * be listened on.
 */
export async function startDemoBackend(options: DemoBackendOptions): Promise<DemoBackend> {
  const sockets = new Set<Socket>();
  const http1 = createHttp1Server((request, response) => void answerHttp1(request, response, options));
  http1.on("upgrade", echoWebSocket);
  http1.on("clientError", (_, socket) => socket.destroy());
  const http2 = createHttp2Server((request, response) => void answerHttp2(request, response, options));
  http2.on("sessionError", () => undefined);

  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    dispatch(socket, (speaksHttp2) => (speaksHttp2 ? http2 : http1).emit("connection", socket));
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(options.port, options.address, resolve);
  });
  const bound = listener.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The client preface of HTTP/2 begins with PRI, which is no method of HTTP/1.1 (RFC 9113, section 3.4). */
function dispatch(socket: Socket, serve: (speaksHttp2: boolean) => void): void {
  let first = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    first = Buffer.concat([first, chunk]);
    if (first.length < 3) return;
    socket.off("data", take);
    socket.pause();
    socket.unshift(first);
    const speaksHttp2 = first.toString("latin1", 0, 3) === "PRI";
    serve(speaksHttp2);
    // HTTP/2 takes the socket over whole; HTTP/1.1 goes on reading from it as a stream.
    if (!speaksHttp2) socket.resume();
  };
  socket.on("data", take);
}

async function answerHttp1(request: IncomingMessage, response: ServerResponse, identity: DemoIdentity): Promise<void> {
  const asked: DemoRequest = {
    method: request.method ?? "GET",
    host: request.headers.host ?? "",
    path: request.url ?? "/",
    protocol: "HTTP/1.1",
    headers: request.headers,
    body: (await readBody(request)).toString("utf8"),
  };
  const { status, delayMs, body } = answer(asked, identity);
  if (delayMs > 0) await delay(delayMs);
  response.writeHead(status, { "content-type": "application/json" }).end(asked.method === "HEAD" ? undefined : body);
}

async function answerHttp2(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  identity: DemoIdentity,
): Promise<void> {
  const { headers, method, url: path } = request;
  const received = await readBody(request);
  if (response.stream.destroyed) return;
  if (headers["content-type"]?.startsWith("application/grpc") === true) {
    answerGrpc(response, path, received, identity);
    return;
  }
  const asked: DemoRequest = {
    method,
    host: request.authority,
    path,
    protocol: "HTTP/2",
    headers,
    body: received.toString("utf8"),
  };
  const { status, delayMs, body } = answer(asked, identity);
  if (delayMs > 0) await delay(delayMs);
  if (response.stream.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(method === "HEAD" ? "" : body);
}

/** The body, cut off where it gets long; what had arrived if the client goes away. */
async function readBody(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      if (size < longestBody) chunks.push(chunk.subarray(0, longestBody - size));
      size += chunk.length;
    }
  } catch {
    return Buffer.concat(chunks);
  }
  return Buffer.concat(chunks);
}
