import { createSocket } from "node:dgram";
import { createServer, isIPv6 } from "node:net";
import { bindFailureAdvice } from "./envoy-log.ts";
import { listensAlone, type Transport } from "./listening-sockets.ts";

export interface PortVerdict {
  readonly message: string;
  readonly hint: string;
}

/**
 * Why nobody new can listen on an address, or undefined when it is free: tried by listening for a moment.
 *
 * Needed because Envoy shares its ports between workers (SO_REUSEPORT): a second Envoy of the same user gets no error, and
 * silently takes half of the connections. `own` is the process that may have the port: it counts as free when nobody else
 * has it too, and where the system does not tell who has it.
 */
export async function portProblem(
  address: string,
  port: number,
  own?: number,
  transport: Transport = "tcp",
): Promise<PortVerdict | undefined> {
  const reason = await (transport === "udp" ? tryToReceive(address, port) : tryToListen(address, port));
  if (reason === undefined) return undefined;
  if (own !== undefined && (await listensAlone(own, port, transport)) !== false) return undefined;
  const shown = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  return bindFailureAdvice({ address: shown, reason });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "Address already in use",
  EACCES: "Permission denied",
  EADDRNOTAVAIL: "Cannot assign requested address",
};

function tryToListen(address: string, port: number): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.on("error", (error) => tell(error, resolve, reject));
  server.listen({ host: address, port, exclusive: true }, () => {
    server.close(() => resolve(undefined));
  });
  return promise;
}

function tryToReceive(address: string, port: number): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  socket.on("error", (error) => {
    socket.close();
    tell(error, resolve, reject);
  });
  socket.bind({ address, port, exclusive: true }, () => {
    socket.close(() => resolve(undefined));
  });
  return promise;
}

function tell(error: Error, resolve: (reason: string) => void, reject: (error: Error) => void): void {
  const reason = "code" in error ? reasons[String(error.code)] : undefined;
  if (reason === undefined) reject(error);
  else resolve(reason);
}
