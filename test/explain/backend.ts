import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { type EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server, createSecureServer, type Http2ServerRequest } from "node:http2";
import { createServer as createSocketServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { TLSSocket } from "node:tls";
import type { PeerCertificates } from "../generators/certificates.ts";

/** What a backend saw of a request. */
export interface Seen {
  /** Method, path and headers as they arrived; `host` is there for HTTP/2 too. */
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it arrived: `address:port`. */
  readonly endpoint: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** The fingerprint of the certificate that the proxy showed; undefined without TLS, and where it showed none. */
  readonly clientCertificate: string | undefined;
}

export interface Backends {
  readonly ports: readonly number[];
  /** By the number that the answer carries in `seenHeader`. */
  readonly seen: ReadonlyMap<string, Seen>;
}

export const seenHeader = "x-seen";

const prefaceOfHttp2 = "PRI * HTTP/2.0";
const handshakeOfTls = 0x16;

type AnyRequest = IncomingMessage | Http2ServerRequest;

/**
 * Servers that answer everything with 200 over HTTP/1.1, HTTP/2 without TLS, and TLS, and datagrams with where they arrived, all of it on one port each.
 * They share one memory.
 */
export async function startBackends(t: TestContext, count: number, { backend }: PeerCertificates): Promise<Backends> {
  const seen = new Map<string, Seen>();
  const remember = (request: AnyRequest): Record<string, string> => {
    const number = String(seen.size);
    const { localAddress, localPort } = request.socket;
    seen.set(number, {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: plainHeaders(request),
      endpoint: `${localAddress}:${localPort}`,
      secure: request.socket instanceof TLSSocket,
      clientCertificate: certificateOf(request.socket),
    });
    return { [seenHeader]: number };
  };
  const tls = { ...backend, requestCert: true, rejectUnauthorized: false, allowHTTP1: true };
  const servers = {
    http1: createServer((request, response) => response.writeHead(200, remember(request)).end()),
    http2: createHttp2Server((request, response) => response.writeHead(200, remember(request)).end()),
    secure: createSecureServer(tls, (request, response) => response.writeHead(200, remember(request)).end()),
  };
  const ports: number[] = [];
  for (let index = 0; index < count; index++) ports.push(await listen(t, (socket) => dispatch(socket, servers)));
  return { ports, seen };
}

/** A port that is free for connections and for datagrams. */
async function listen(t: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    onSocket(socket);
  });
  const datagrams = createSocket("udp4", (_, from) => {
    const { address, port } = datagrams.address();
    datagrams.send(`${address}:${port}`, from.port, from.address);
  });
  const port = await bindBoth(server, datagrams);
  t.after(() => {
    server.close();
    datagrams.close();
    for (const socket of sockets) socket.destroy();
  });
  return port;
}

async function bindBoth(server: Server, datagrams: DatagramSocket): Promise<number> {
  for (;;) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no TCP address");
    datagrams.bind(address.port, "127.0.0.1");
    try {
      await once(datagrams, "listening");
      return address.port;
    } catch {
      // Somebody else has the port for datagrams.
      server.close();
      await once(server, "close");
    }
  }
}

interface Servers {
  readonly http1: EventEmitter;
  readonly http2: EventEmitter;
  readonly secure: EventEmitter;
}

/** Hands a connection to the server that speaks what its first bytes say. */
function dispatch(socket: Socket, { http1, http2, secure }: Servers): void {
  socket.once("data", (first: Buffer) => {
    socket.pause();
    socket.unshift(first);
    if (first[0] === handshakeOfTls) {
      secure.emit("connection", socket);
      return;
    }
    const server = first.toString("latin1").startsWith(prefaceOfHttp2) ? http2 : http1;
    server.emit("connection", socket);
    process.nextTick(() => socket.resume());
  });
}

function certificateOf(socket: AnyRequest["socket"]): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  return socket.getPeerX509Certificate()?.fingerprint256;
}

/** Repeated headers joined as Envoy would join them. */
function plainHeaders(request: AnyRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? "").toLowerCase().replace(":authority", "host");
    const value = request.rawHeaders[index + 1] ?? "";
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}
