import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createNetServer, type Socket } from "node:net";
import { openPort } from "./open-port.ts";
import type { TlsOptions } from "./server-options.ts";

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
  let bound: number;
  try {
    bound = await openPort(front, { what: "the API", setting: "--api-port", address, port });
  } catch (error) {
    plain.close();
    secure.close();
    throw error;
  }
  return {
    port: bound,
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
