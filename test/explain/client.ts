import { type ClientRequestArgs, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Peer } from "../e2e/peer-certificates.ts";
import type { PeerCertificates } from "../generators/certificates.ts";
import { seenHeader } from "./backend.ts";
import type { ClientCertificate, WorldRequest } from "./requests.ts";

/** What came back to the client. */
export type Answer =
  | { readonly kind: "closed" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly location: string | undefined;
      /** The number under which the backend remembers the request; undefined where the proxy answered itself. */
      readonly seen: string | undefined;
    };

export interface Client {
  /** @param id travels as User-Agent, by which the access log tells which request it is about. */
  send(request: WorldRequest, id: string): Promise<Answer>;
  close(): void;
}

/** Sends requests exactly as they are written, over connections that are kept and shared by requests that may share them. */
export function createClient({ trusted, strange }: PeerCertificates): Client {
  const secure = (shown: Partial<Peer> = {}) =>
    new HttpsAgent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false, ...shown });
  const agents: Agents = {
    plain: new HttpAgent({ keepAlive: true, maxSockets: 4 }),
    secure: { none: secure(), trusted: secure(trusted), strange: secure(strange) },
  };
  return {
    send: (request, id) => attempt(request, id, agents, true),
    close: () => {
      for (const agent of [agents.plain, ...Object.values(agents.secure)]) agent.destroy();
    },
  };
}

interface Agents {
  readonly plain: HttpAgent;
  readonly secure: Readonly<Record<ClientCertificate, HttpsAgent>>;
}

/** A connection that was closed: before the first byte, in the middle, or by the alert with which TLS refuses a client. */
function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === "ECONNRESET" || code === "EPIPE" || code?.startsWith("ERR_SSL_") === true;
}

function attempt(request: WorldRequest, id: string, agents: Agents, again: boolean): Promise<Answer> {
  const options: ClientRequestArgs = {
    host: "127.0.0.1",
    port: request.port,
    path: request.target,
    method: request.method,
    localAddress: request.from,
    headers: [
      ["host", request.host],
      ["user-agent", id],
      ...request.headers.map(({ name, value }) => [name, value]),
    ].flat(),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request.secure
      ? httpsRequest({ ...options, agent: agents.secure[request.certificate], servername: request.serverName ?? "" })
      : httpRequest({ ...options, agent: agents.plain });
    let answered = false;
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      // Envoy puts a body behind its refusal of a malformed request even if that was a HEAD.
      if (answered) return;
      if (!isClosed(error)) reject(error);
      // The proxy may close a kept connection at the moment it is used again.
      else if (again && outgoing.reusedSocket) resolve(attempt(request, id, agents, false));
      else resolve({ kind: "closed" });
    });
    outgoing.on("response", (response) => {
      answered = true;
      read(response).then(resolve, reject);
    });
    outgoing.end();
  });
}

async function read(response: IncomingMessage): Promise<Answer> {
  for await (const _ of response);
  const seen = response.headers[seenHeader];
  return {
    kind: "answer",
    status: response.statusCode ?? 0,
    location: response.headers.location,
    seen: typeof seen === "string" ? seen : undefined,
  };
}
