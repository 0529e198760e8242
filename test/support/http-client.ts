/** Clients that do with connections what HTTP asks of them, and nothing to hide a server's mistakes. */
import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from "node:http2";
import { request as requestTls, Agent as TlsAgent } from "node:https";
import { TLSSocket } from "node:tls";

export interface HttpTarget {
  readonly address: string;
  readonly port: number;
  /** Of the request, and of the TLS connection. */
  readonly host: string;
  readonly path: string;
  /** PEM: whom the client trusts. Without it there is no TLS. */
  readonly trusted?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** Serial number of the certificate that the server had shown on this connection. */
  readonly certificate?: string;
}

export interface HttpClient {
  /** Connections that were opened so far. */
  readonly connections: number;
  /** Requests that were sent again, since the server had said that it had not begun with them. */
  readonly resent: number;
  /** Sends one GET. Rejects where no whole answer comes: a connection that is refused, cut, or silent for too long. */
  ask(): Promise<HttpAnswer>;
  close(): void;
}

/** How long a server may say nothing. */
const patienceMs = 10_000;

/** HTTP/1.1, one request at a time. @param keep Whether a connection is used again, for as long as the server lets it be. */
export class Http1Client implements HttpClient {
  connections = 0;
  readonly resent = 0;
  readonly #target: HttpTarget;
  readonly #agent: Agent;
  #certificate: { readonly certificate?: string } = {};

  constructor(target: HttpTarget, { keep }: { readonly keep: boolean }) {
    this.#target = target;
    const options = { keepAlive: keep, maxSockets: 1 };
    this.#agent = target.trusted === undefined ? new Agent(options) : new TlsAgent({ ...options, ca: target.trusted });
  }

  ask(): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const outgoing = this.#send((response) => {
      if (!outgoing.reusedSocket) this.#opened(response);
      const certificate = this.#certificate;
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, ...certificate });
      });
    });
    outgoing.on("error", (error) => {
      reject(new Error(`${outgoing.reusedSocket ? "kept" : "new"} connection: ${error.message}`));
    });
    outgoing.setTimeout(patienceMs, () => outgoing.destroy(new Error(`no answer in ${patienceMs} ms`)));
    outgoing.end();
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(onResponse: (response: IncomingMessage) => void): ClientRequest {
    const { address, port, host, path, trusted } = this.#target;
    const options: RequestOptions = { host: address, port, path, headers: { host }, agent: this.#agent };
    return trusted === undefined
      ? request(options, onResponse)
      : requestTls({ ...options, servername: host }, onResponse);
  }

  #opened({ socket }: IncomingMessage): void {
    this.connections += 1;
    this.#certificate = socket instanceof TLSSocket ? { certificate: socket.getPeerCertificate().serialNumber } : {};
  }
}

/** HTTP/2, by prior knowledge or by ALPN: any number of requests at a time, on one connection until the server says goodbye. */
export class Http2Client implements HttpClient {
  connections = 0;
  resent = 0;
  readonly #target: HttpTarget;
  #session: ClientHttp2Session | undefined;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  async ask(): Promise<HttpAnswer> {
    for (;;) {
      const answer = await this.#askOnce();
      if (answer !== "not begun") return answer;
      this.resent += 1;
    }
  }

  close(): void {
    this.#session?.close();
  }

  /**
   * A server that goes away names the last stream that it has begun with; later ones, and those that it refuses, may be sent again whatever
   * their method (RFC 9113, sections 6.8 and 8.7).
   */
  #askOnce(): Promise<HttpAnswer | "not begun"> {
    const { host, path } = this.#target;
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer | "not begun">();
    const stream = this.#current().request({ ":path": path, ":authority": host });
    let status = 0;
    let headers: HttpAnswer["headers"] = {};
    let body = "";
    stream.setEncoding("utf8");
    stream.on("response", (received) => {
      status = received[":status"] ?? 0;
      headers = received;
    });
    stream.on("data", (text: string) => {
      body += text;
    });
    stream.on("error", (error) => {
      if (wasNotBegun(stream, error)) resolve("not begun");
      else reject(new Error(`stream ${stream.id ?? "without number"}: ${error.message}`));
    });
    stream.on("close", () => {
      const isWhole = status !== 0 && stream.rstCode === constants.NGHTTP2_NO_ERROR;
      if (isWhole) resolve({ status, headers, body });
      else reject(new Error(`stream ${stream.id ?? "without number"} ended without a whole answer`));
    });
    stream.setTimeout(patienceMs, () => {
      reject(new Error(`no answer in ${patienceMs} ms`));
      stream.close(constants.NGHTTP2_CANCEL);
    });
    return promise;
  }

  #current(): ClientHttp2Session {
    const session = this.#session;
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    return this.#connect();
  }

  #connect(): ClientHttp2Session {
    const { address, port, host, trusted } = this.#target;
    const session =
      trusted === undefined
        ? connectHttp2(`http://${address}:${port}`)
        : connectHttp2(`https://${address}:${port}`, { ca: trusted, servername: host });
    this.#session = session;
    this.connections += 1;
    // Streams that are open tell of it, each for itself.
    session.on("error", () => undefined);
    session.on("goaway", () => {
      if (!session.closed && !session.destroyed) session.close();
    });
    return session;
  }
}

function wasNotBegun(stream: ClientHttp2Stream, error: Error): boolean {
  if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return true;
  // Asked for in the moment in which the goodbye was being read: it was never sent.
  return "code" in error && (error.code === "ERR_HTTP2_GOAWAY_SESSION" || error.code === "ERR_HTTP2_INVALID_SESSION");
}
