import { randomBytes } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";

export interface HandshakeRequest {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** The authority asked for; the address where undefined. */
  readonly host?: string;
}

export interface Handshake {
  readonly status: number;
  /** The upgraded connection; undefined where the answer was another one than 101. */
  readonly socket: Socket | undefined;
}

/** Asks for a WebSocket as a browser does (RFC 6455, section 4.1), on a connection of its own. */
export async function webSocketHandshake({ address, port, path, host }: HandshakeRequest): Promise<Handshake> {
  const headers = {
    ...(host === undefined ? {} : { host, origin: `http://${host}` }),
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  const outgoing = request({ host: address, port, path, headers, agent: false });
  outgoing.on("upgrade", ({ statusCode = 0 }: IncomingMessage, socket: Socket) =>
    resolve({ status: statusCode, socket }),
  );
  outgoing.on("response", (response) => {
    response.resume();
    resolve({ status: response.statusCode ?? 0, socket: undefined });
  });
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}

/** The connection that the handshake leads to; throws where it is refused. */
export async function openWebSocket(asked: HandshakeRequest): Promise<Socket> {
  const { status, socket } = await webSocketHandshake(asked);
  if (socket === undefined) throw new Error(`not upgraded: ${status}`);
  return socket;
}
