import { createServer } from "node:net";
import { bindFailureAdvice } from "./envoy-log.ts";

export interface PortVerdict {
  readonly message: string;
  readonly hint: string;
}

/**
 * Why nobody new can listen on a TCP address, or undefined when it is free: tried by listening for a moment.
 *
 * Needed before an Envoy is started, because Envoy shares its ports between workers (SO_REUSEPORT): a second Envoy of
 * the same user gets no error, and silently takes half of the connections. Once an own Envoy listens, it is the one that
 * is found.
 */
export async function portProblem(address: string, port: number): Promise<PortVerdict | undefined> {
  const reason = await tryToListen(address, port);
  if (reason === undefined) return undefined;
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
  server.on("error", (error) => {
    const reason = "code" in error ? reasons[String(error.code)] : undefined;
    if (reason === undefined) reject(error);
    else resolve(reason);
  });
  server.listen({ host: address, port, exclusive: true }, () => {
    server.close(() => resolve(undefined));
  });
  return promise;
}
