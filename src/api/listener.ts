import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createNetServer, type Server, type Socket } from "node:net";
import { bracketed } from "./host-check.ts";
import { ApiStartError, type TlsOptions } from "./server-options.ts";

export interface ListenerOptions {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tls: TlsOptions;
  /** Whether requests without TLS are taken too, on the same port: for loopback only. */
  readonly allowsPlain: boolean;
  readonly handle: RequestListener;
}

export interface Listener {
  readonly port: number;
  replaceCertificate(tls: TlsOptions): void;
  /** Lets requests that are under way finish for a second. */
  close(): Promise<void>;
}

/** The first byte of a TLS record that holds a ClientHello (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;

/** Longer than Go's clients keep an idle connection, so that they are the ones to close it. */
const KEEP_ALIVE_MS = 120_000;

/** How long a new connection may say nothing at all. */
const SILENCE_MS = 30_000;

/** Serves HTTP and HTTPS on one port: the first byte of a connection tells which it is. */
export async function openListener({ address, port, tls, allowsPlain, handle }: ListenerOptions): Promise<Listener> {
  const plain = createHttpServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);
  const secure = createHttpsServer(
    { ...contextOf(tls), minVersion: "TLSv1.2", keepAliveTimeout: KEEP_ALIVE_MS },
    handle,
  );
  const sockets = new Set<Socket>();
  /** Connections that have not said anything yet: neither server knows of them. */
  const silent = new Set<Socket>();
  const front = createNetServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    silent.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      silent.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    const tooSilent = setTimeout(() => socket.destroy(), SILENCE_MS);
    socket.once("close", () => clearTimeout(tooSilent));
    socket.once("data", (chunk) => {
      clearTimeout(tooSilent);
      silent.delete(socket);
      const isSecure = chunk[0] === TLS_HANDSHAKE;
      if (!isSecure && !allowsPlain) {
        socket.destroy();
        return;
      }
      socket.pause();
      socket.unshift(chunk);
      (isSecure ? secure : plain).emit("connection", socket);
      // Not before the other server has taken the connection over: TLS reads below the stream.
      process.nextTick(() => socket.resume());
    });
  });
  // Neither listens itself; with this they watch over slow requests as if they did.
  plain.emit("listening");
  secure.emit("listening");
  try {
    await listen(front, address, port);
  } catch (error) {
    plain.close();
    secure.close();
    throw error;
  }
  const bound = front.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    replaceCertificate: (renewed) => secure.setSecureContext(contextOf(renewed)),
    close: async () => {
      const closed = new Promise<void>((resolve) => front.close(() => resolve()));
      for (const server of [plain, secure]) {
        server.closeIdleConnections();
        server.close();
      }
      for (const socket of silent) socket.destroy();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 1000);
      await closed;
      clearTimeout(cut);
    },
  };
}

function contextOf({ certificate, key }: TlsOptions): { cert: string; key: string } {
  return { cert: certificate, key };
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(cannotListen(error, address, port));
    server.once("error", fail);
    server.listen({ host: address, port }, () => {
      server.removeListener("error", fail);
      resolve();
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, address: string, port: number): ApiStartError {
  const where = `${bracketed(address)}:${port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return new ApiStartError(
        `the API cannot listen on ${where}: another program does; stop it or choose another port with --api-port`,
        error,
      );
    case "EACCES":
      return new ApiStartError(`the API may not listen on ${where}: choose a port above 1023`, error);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new ApiStartError(`the API cannot listen on ${where}: this machine has no such address`, error);
    default:
      return new ApiStartError(`the API cannot listen on ${where}: ${error.message}`, error);
  }
}
