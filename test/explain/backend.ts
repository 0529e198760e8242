import { type EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest } from "node:http2";
import { createServer as createSocketServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** What a backend saw of a request. */
export interface Seen {
  /** Method, path and headers as they arrived; `host` is there for HTTP/2 too. */
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Backends {
  readonly ports: readonly number[];
  /** By the number that the answer carries in `seenHeader`. */
  readonly seen: ReadonlyMap<string, Seen>;
}

export const seenHeader = "x-seen";

const prefaceOfHttp2 = "PRI * HTTP/2.0";

/** Servers that answer everything with 200, over HTTP/1.1 and over HTTP/2 without TLS on one port each, and share one memory. */
export async function startBackends(t: TestContext, count: number): Promise<Backends> {
  const seen = new Map<string, Seen>();
  const remember = (request: IncomingMessage | Http2ServerRequest): Record<string, string> => {
    const number = String(seen.size);
    seen.set(number, { method: request.method ?? "", path: request.url ?? "", headers: plainHeaders(request) });
    return { [seenHeader]: number };
  };
  const http1 = createServer((request, response) => response.writeHead(200, remember(request)).end());
  const http2 = createHttp2Server((request, response) => response.writeHead(200, remember(request)).end());
  const ports: number[] = [];
  for (let index = 0; index < count; index++) ports.push(await listen(t, (socket) => dispatch(socket, http1, http2)));
  return { ports, seen };
}

async function listen(t: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    onSocket(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

/** Hands a connection to the server that speaks what its first bytes say. */
function dispatch(socket: Socket, http1: EventEmitter, http2: EventEmitter): void {
  socket.once("data", (first: Buffer) => {
    socket.pause();
    socket.unshift(first);
    const server = first.toString("latin1").startsWith(prefaceOfHttp2) ? http2 : http1;
    server.emit("connection", socket);
    process.nextTick(() => socket.resume());
  });
}

/** Repeated headers joined as Envoy would join them. */
function plainHeaders(request: IncomingMessage | Http2ServerRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? "").toLowerCase().replace(":authority", "host");
    const value = request.rawHeaders[index + 1] ?? "";
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}
