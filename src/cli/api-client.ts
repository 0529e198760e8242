import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { numberAt, textAt } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";

export interface ApiConnection {
  /** `http://127.0.0.1:9347`. */
  readonly url: string;
  readonly token: string | undefined;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Percent-encoded, with the leading slash; the query comes apart. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: Json;
}

/** What the API answered instead of doing what it was asked. */
export class ApiError extends CliError {
  readonly status: number;
  /** The reason of the Kubernetes Status object: "NotFound", "Conflict", "Invalid", … */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, hint?: string) {
    super(message, hint);
    this.status = status;
    this.reason = reason;
  }
}

/** A client for Weir's HTTP API. Every call rejects with an ApiError, or with a CliError when nothing answers. */
export interface ApiClient {
  readonly url: string;
  send(request: ApiRequest): Promise<Json>;
  /** The body as text: for answers that are no JSON. */
  sendForText(request: ApiRequest): Promise<string>;
  /** Events from a watch, until `signal` aborts or the server ends it. */
  watch(request: ApiRequest, signal: AbortSignal): AsyncGenerator<WatchEvent>;
}

export function createApiClient(connection: ApiConnection): ApiClient {
  const open = async (request: ApiRequest, signal?: AbortSignal): Promise<IncomingMessage> => {
    const response = await exchange(connection, request, signal);
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    throw toApiError(status, await textOf(response), connection);
  };
  return {
    url: connection.url,
    send: async (request) => {
      const text = await textOf(await open(request));
      try {
        const parsed: Json = JSON.parse(text);
        return parsed;
      } catch {
        throw new CliError(`${connection.url}${request.path} answered with something that is not JSON`);
      }
    },
    sendForText: async (request) => textOf(await open(request)),
    async *watch(request, signal) {
      const response = await open({ ...request, query: { ...request.query, watch: "true" } }, signal);
      try {
        for await (const line of linesOf(response)) {
          const event: Json = JSON.parse(line);
          const object = typeof event === "object" && event !== null && "object" in event ? event.object : undefined;
          yield { type: textAt(event, "type") ?? "", object: object ?? null };
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        response.destroy();
      }
    },
  };
}

function exchange(
  { url, token }: ApiConnection,
  { method, path, query, body, contentType, accept }: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const target = new URL(path, url);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) target.searchParams.set(name, value);
  }
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: accept ?? "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(payload === undefined
      ? {}
      : { "content-type": contentType ?? "application/json", "content-length": String(Buffer.byteLength(payload)) }),
  };
  return new Promise((resolve, reject) => {
    const start = target.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = start(target, { method, headers, ...(signal === undefined ? {} : { signal }) }, resolve);
    sent.on("error", (error: NodeJS.ErrnoException) => reject(unreachable(url, error)));
    sent.end(payload);
  });
}

function unreachable(url: string, error: NodeJS.ErrnoException): CliError {
  if (error.code === "ECONNREFUSED" || error.code === "ENOENT") {
    return new CliError(
      `Weir is not running (nothing answers at ${url})`,
      "start it with `weir up`, or name another one with --server",
      exitCodes.unreachable,
    );
  }
  return new CliError(`cannot talk to Weir at ${url}: ${error.message}`, undefined, exitCodes.unreachable);
}

function toApiError(status: number, text: string, { url, token }: ApiConnection): ApiError {
  let parsed: Json = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not every server in between answers in JSON; the status alone has to do then.
  }
  const reason = textAt(parsed, "reason") ?? "";
  const message = textAt(parsed, "message") ?? `the API answered with HTTP status ${status}`;
  if (status === 401) {
    const hint =
      token === undefined
        ? "set WEIR_TOKEN, or give --state-directory of the Weir that runs there"
        : "the token belongs to another Weir; give --state-directory of the one that runs there";
    return new ApiError(status, reason, `Weir at ${url} does not accept the token`, hint);
  }
  return new ApiError(numberAt(parsed, "code") ?? status, reason, message);
}

async function textOf(response: IncomingMessage): Promise<string> {
  const { text } = await import("node:stream/consumers");
  return text(response);
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line;
  }
}
