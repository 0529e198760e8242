import { chmod, lstat, mkdir, stat, unlink } from "node:fs/promises";
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type SecureServerOptions,
  type ServerOptions,
} from "node:http2";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { SecureContextOptions } from "node:tls";
import type { Authenticator } from "./authentication.ts";
import { ServeProblem } from "./serve-problem.ts";

export type ListenOptions =
  /** For Envoys of this user on this machine; the path's directory is made if it is missing. */
  | { readonly kind: "unix"; readonly path: string }
  /** `port` 0 takes a free one. */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: TlsOptions | undefined };

/** PEM. */
export interface TlsOptions {
  readonly certificate: string | Buffer;
  readonly key: string | Buffer;
  /** Signs the certificates of clients; where given, every client must present one. */
  readonly clientAuthority?: string | Buffer;
}

/** Where a server listens, as a person would write it. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

const http2Options: ServerOptions = {
  // A proxy has one stream, a gRPC client a few.
  settings: { maxConcurrentStreams: 32, initialWindowSize: 1 << 20 },
};

/** After a restart all proxies connect at once; on a Unix socket, those that find the queue full fail. */
const backlog = 4096;

/**
 * Makes the HTTP/2 server for `options`; it does not listen yet.
 *
 * Throws `ServeProblem` where strangers could connect: a TCP port needs TLS, and an authenticator that looks at credentials.
 */
export function createHttp2Server(
  options: ListenOptions,
  authenticator: Authenticator,
): Http2Server | Http2SecureServer {
  if (options.kind === "unix") return createServer(http2Options);
  if (options.tls === undefined) {
    throw new ServeProblem(
      "xds-tls-required",
      `the configuration of proxies holds secrets and is not served on ${options.host}:${options.port} without TLS`,
      "configure a certificate and a key for the xDS port, or serve local proxies over a Unix socket",
    );
  }
  if (authenticator.kind === "local") {
    throw new ServeProblem(
      "xds-authentication-required",
      `anyone who reaches ${options.host}:${options.port} could read the configuration of proxies`,
      "configure how proxies prove who they are, or serve local proxies over a Unix socket",
    );
  }
  const isMutual = options.tls.clientAuthority !== undefined;
  const tls: SecureServerOptions = { ...http2Options, ...secureContext(options.tls), allowHTTP1: false };
  return createSecureServer(isMutual ? { ...tls, requestCert: true, rejectUnauthorized: true } : tls);
}

/** The part of the TLS options that may change while the server runs. */
export function secureContext({ certificate, key, clientAuthority }: TlsOptions): SecureContextOptions {
  const own: SecureContextOptions = { cert: certificate, key, minVersion: "TLSv1.2" };
  return clientAuthority === undefined ? own : { ...own, ca: clientAuthority };
}

/** Starts to listen. A Unix socket is open to the user of this process only; one that nobody serves any more is replaced. */
export async function listen(server: Http2Server | Http2SecureServer, options: ListenOptions): Promise<ListenAddress> {
  if (options.kind === "unix") {
    await prepareSocketPath(options.path);
    await started(server, options.path, () => server.listen({ path: options.path, backlog }));
    await chmod(options.path, 0o600);
    return { kind: "unix", path: options.path };
  }
  await started(server, `${options.host}:${options.port}`, () =>
    server.listen({ port: options.port, host: options.host, backlog }),
  );
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no TCP address");
  return { kind: "tcp", host: address.address, port: address.port };
}

/** A socket address holds 108 bytes on Linux and 104 on macOS, with the final zero (unix(7), sys/un.h). */
const longestSocketPath = 103;

async function prepareSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new ServeProblem(
      "xds-address-unusable",
      `the path ${path} is too long for a socket: at most ${longestSocketPath} bytes`,
      "choose a shorter one with --state-directory or --xds-socket",
    );
  }
  const directory = dirname(path);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { mode } = await stat(directory);
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
      throw new ServeProblem(
        "xds-address-unusable",
        `others may write to ${directory} and could put their own socket in the place of ${path}`,
        `take that right away (chmod go-w ${directory}) or choose another place for the socket`,
      );
    }
    const existing = await lstat(path).catch((error: unknown) => {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    });
    if (existing === undefined) return;
    if (!existing.isSocket()) {
      throw new ServeProblem(
        "xds-address-unusable",
        `${path} exists and is not a socket`,
        "remove it or choose another place for the socket",
      );
    }
    if (await answers(path)) throw inUse(path);
    await unlink(path);
  } catch (error) {
    if (error instanceof ServeProblem) throw error;
    throw new ServeProblem(
      "xds-address-unusable",
      `cannot use ${path}: ${reason(error)}`,
      "choose another place for the socket",
      error,
    );
  }
}

/** Whether some process accepts connections on the socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", (error) => settle(!isErrno(error, "ECONNREFUSED") && !isErrno(error, "ENOENT")));
  });
}

function started(server: Http2Server | Http2SecureServer, address: string, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      if (isErrno(error, "EADDRINUSE")) reject(inUse(address));
      else {
        reject(
          new ServeProblem(
            "xds-address-unusable",
            `cannot listen on ${address}: ${error.message}`,
            "choose another address",
            error,
          ),
        );
      }
    };
    server.once("error", fail);
    server.once("listening", () => {
      server.off("error", fail);
      resolve();
    });
    start();
  });
}

function inUse(address: string): ServeProblem {
  return new ServeProblem(
    "xds-address-in-use",
    `another process already serves ${address}`,
    "stop it (is Weir running already?) or choose another address",
  );
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
