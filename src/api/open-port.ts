import type { Server } from "node:net";
import { bracketed } from "./host-check.ts";
import { ApiStartError } from "./server-options.ts";

export interface PortOptions {
  /** What listens, for messages: "the API". */
  readonly what: string;
  /** The flag by which another port is chosen. */
  readonly setting: string;
  /** Undefined: every address of the machine, in whatever families it has. */
  readonly address: string | undefined;
  /** 0 for any free one. */
  readonly port: number;
}

/** Has `server` listen. Resolves with the port; rejects with an `ApiStartError` that says what to do. */
export function openPort(server: Server, options: PortOptions): Promise<number> {
  const { address, port } = options;
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(cannotListen(error, options));
    server.once("error", fail);
    server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => {
      server.removeListener("error", fail);
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, { what, setting, address, port }: PortOptions): ApiStartError {
  const where = address === undefined ? `port ${port}` : `${bracketed(address)}:${port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return new ApiStartError(
        `${what} cannot listen on ${where}: another program does; stop it or choose another port with ${setting}`,
        error,
      );
    case "EACCES":
      return new ApiStartError(`${what} may not listen on ${where}: choose a port above 1023`, error);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new ApiStartError(`${what} cannot listen on ${where}: this machine has no such address`, error);
    default:
      return new ApiStartError(`${what} cannot listen on ${where}: ${error.message}`, error);
  }
}
