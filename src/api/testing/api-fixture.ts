import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindDefinitions } from "../../admission/kinds.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { openSqliteStore, type SqliteStore } from "../../sources/store/sqlite/sqlite-store.ts";
import { issueToken } from "../auth/access-files.ts";
import type { Grant } from "../auth/identity.ts";
import { type ApiServer, createApiServer } from "../server.ts";
import type { ApiServerOptions } from "../server-options.ts";

export interface Answer {
  readonly code: number;
  readonly headers: Headers;
  readonly body: JsonObject;
}

export interface ApiFixture {
  readonly server: ApiServer;
  readonly store: SqliteStore;
  readonly directory: string;
  readonly errors: unknown[];
  /** Sends a request as the administrator, or with the given headers. */
  readonly send: (
    method: string,
    path: string,
    body?: Json | string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  /** The events of a watch, one at a time. */
  readonly watch: (path: string, token?: string) => Promise<Watcher>;
}

export interface Watcher {
  readonly next: () => Promise<{ type: string; object: JsonObject }>;
  readonly stop: () => Promise<void>;
}

export interface FixtureOptions extends Partial<ApiServerOptions> {
  /** Further tokens, by name. */
  readonly tokens?: Readonly<Record<string, readonly Grant[]>>;
  readonly keepEvents?: number;
}

export type Tokens = Readonly<Record<string, string>>;

/** Runs a test against a real server on a free port of loopback, with a store of its own. */
export async function withApi(
  options: FixtureOptions,
  test: (fixture: ApiFixture, tokens: Tokens) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "weir-api-"));
  const { tokens: wanted = {}, keepEvents, ...rest } = options;
  const path = join(directory, "weir.db");
  const store = openSqliteStore({ path, refreshEveryMs: 0, ...(keepEvents === undefined ? {} : { keepEvents }) });
  const errors: unknown[] = [];
  const tokens = Object.fromEntries(
    Object.entries(wanted).map(([name, grants]) => [name, issueToken(directory, name, grants)]),
  );
  const server = await createApiServer({
    store,
    definitions: kindDefinitions,
    accessDirectory: directory,
    address: "127.0.0.1",
    port: 0,
    version: "0.0.0",
    onError: (error) => errors.push(error),
    ...rest,
  });
  try {
    await test({ server, store, directory, errors, send: sender(server), watch: watcher(server) }, tokens);
  } finally {
    await server.close();
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

export function bearer(token: string | undefined): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function sender(server: ApiServer): ApiFixture["send"] {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    const parsed: JsonObject = isJson ? JSON.parse(text) : { text };
    return { code: response.status, headers: response.headers, body: parsed };
  };
}

function watcher(server: ApiServer): ApiFixture["watch"] {
  return async (path, token = server.token) => {
    const aborting = new AbortController();
    const response = await fetch(`${server.url}${path}`, { headers: bearer(token), signal: aborting.signal });
    if (response.status !== 200 || response.body === null) throw new Error(`the watch was answered ${response.status}`);
    // Locked at once: fetch cancels a body that nobody reads when its response is collected.
    const lines = linesOf(response.body.values());
    return {
      next: async () => {
        const { value, done } = await lines.next();
        return done === true ? { type: "END", object: {} } : JSON.parse(value);
      },
      stop: async () => {
        aborting.abort();
        await lines.return(undefined).catch(() => {});
      },
    };
  };
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
