import { type IncomingMessage, Agent as PlainAgent, request as sendPlain } from "node:http";
import { Agent, type RequestOptions, request as sendSecure } from "node:https";
import { text } from "node:stream/consumers";
import type { Json } from "../model/source-object.ts";
import type { KubernetesAnswer, KubernetesClient, KubernetesRequest, KubernetesStream } from "./client.ts";
import type { Credentials } from "./credentials.ts";
import { parseJsonLines } from "./json-lines.ts";

export interface HttpsClientOptions {
  readonly credentials: Credentials;
  /** Loads the credentials anew after the server refused them (401): a kubeconfig or a plugin's answer may have been replaced. */
  readonly reload?: () => Promise<Credentials>;
  /** What the API server logs as the user agent. */
  readonly userAgent: string;
  /** How long an answer, or the beginning of a stream, is waited for. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
/** Probes of the kernel find a connection whose other end is gone: after this long, then one each second, ten in all. */
const KEEP_ALIVE_AFTER_MS = 15_000;
const KEPT = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_AFTER_MS, maxFreeSockets: 8 } as const;
/** Credentials that the server refuses are not loaded more often than this: a plugin may cost the user a prompt. */
const RELOAD_AT_MOST_EVERY_MS = 10_000;
const UNAUTHORIZED = 401;

/**
 * A client over connections that are kept and reused; every open stream has one of its own. A server without TLS (`kubectl proxy`) is
 * spoken to only where the kubeconfig says `insecure-skip-tls-verify`, which the loader of credentials sees to.
 */
export function createHttpsClient(options: HttpsClientOptions): KubernetesClient {
  return new HttpsClient(options);
}

class HttpsClient implements KubernetesClient {
  readonly #options: HttpsClientOptions;
  readonly #agent = new Agent(KEPT);
  readonly #plainAgent = new PlainAgent(KEPT);
  readonly #closing = new AbortController();
  #credentials: Credentials;
  #reloadedAt = Number.NEGATIVE_INFINITY;

  constructor(options: HttpsClientOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
  }

  async request(request: KubernetesRequest): Promise<KubernetesAnswer> {
    const deadline = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS);
    const response = await this.#sendAuthorized(request, this.#signal(request, deadline));
    return { status: response.statusCode ?? 0, body: parseBody(await text(response)), ...retryAfter(response) };
  }

  async stream(request: KubernetesRequest): Promise<KubernetesStream> {
    // The deadline is for the beginning only, so it cannot be part of the signal that the stream listens to.
    const late = new AbortController();
    const timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS;
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    const signal = this.#signal(request, late.signal);
    try {
      const response = await this.#sendAuthorized(request, signal);
      const status = response.statusCode ?? 0;
      const lines = status === 200 ? readLines(response, signal) : wholeBody(response);
      return { status, lines, ...retryAfter(response) };
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the client was closed"));
    this.#agent.destroy();
    this.#plainAgent.destroy();
  }

  #signal({ signal }: KubernetesRequest, deadline: AbortSignal): AbortSignal {
    return AbortSignal.any([this.#closing.signal, deadline, ...(signal === undefined ? [] : [signal])]);
  }

  /** Sends; where the credentials are refused, once more with new ones. */
  async #sendAuthorized(request: KubernetesRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#sendRepeatable(request, signal);
    if (response.statusCode !== UNAUTHORIZED || !(await this.#reload())) return response;
    response.resume();
    return this.#sendRepeatable(request, signal);
  }

  /** A kept connection may have been closed by the server in the very moment it was used again: a read is sent once more. */
  async #sendRepeatable(request: KubernetesRequest, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.#send(request, signal);
    } catch (error) {
      if (request.method !== "GET" || !(error instanceof ReusedConnectionError)) throw error;
      return this.#send(request, signal);
    }
  }

  async #send(request: KubernetesRequest, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const { server, hasProxy } = this.#credentials;
    const given = await this.#credentials.options();
    signal.throwIfAborted();
    const url = new URL(server + request.path);
    const isPlain = url.protocol === "http:";
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const options: RequestOptions = {
      ...given,
      agent: hasProxy ? given.agent : isPlain ? this.#plainAgent : this.#agent,
      method: request.method,
      signal,
      headers: {
        ...given.headers,
        accept: request.accept ?? "application/json",
        "user-agent": this.#options.userAgent,
        ...(body === undefined
          ? {}
          : { "content-type": request.contentType ?? "application/json", "content-length": body.length }),
      },
    };
    return new Promise((resolve, reject) => {
      const sent = (isPlain ? sendPlain : sendSecure)(url, options, resolve);
      sent.on("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS).setNoDelay(true));
      sent.on("error", (error) => reject(reasonOf(error, sent.reusedSocket, signal)));
      sent.end(body);
    });
  }

  async #reload(): Promise<boolean> {
    const { reload } = this.#options;
    const now = performance.now();
    if (reload === undefined || now - this.#reloadedAt < RELOAD_AT_MOST_EVERY_MS) return false;
    this.#reloadedAt = now;
    this.#credentials = await reload();
    return true;
  }
}

/** The server closed a connection that had been kept for reuse, before it saw the request. */
class ReusedConnectionError extends Error {}

function reasonOf(error: Error, reused: boolean, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return reused && isReset(error) ? new ReusedConnectionError(error.message, { cause: error }) : error;
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

async function* readLines(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Json, void, undefined> {
  try {
    yield* parseJsonLines(response);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw isReset(error) ? new Error("the connection broke", { cause: error }) : error;
  }
}

async function* wholeBody(response: IncomingMessage): AsyncGenerator<Json, void, undefined> {
  yield parseBody(await text(response));
}

function parseBody(body: string): Json {
  if (body === "") return null;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** RFC 9110, section 10.2.3, in seconds; the dates it allows too are never sent by an API server. */
function retryAfter(response: IncomingMessage): { readonly retryAfterMs?: number } {
  const seconds = Number.parseInt(response.headers["retry-after"] ?? "", 10);
  return Number.isNaN(seconds) ? {} : { retryAfterMs: seconds * 1000 };
}
