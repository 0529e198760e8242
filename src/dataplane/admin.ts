import { request } from "node:http";
import { text } from "node:stream/consumers";
import { textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import type { BootstrapOptions } from "./bootstrap.ts";

export type AdminAddress = BootstrapOptions["admin"];

export interface ServerInfo {
  readonly nodeId: string;
  /** LIVE, DRAINING, PRE_INITIALIZING or INITIALIZING. */
  readonly state: string;
  /** Such as `1.40.0`. */
  readonly version: string;
}

export interface AdminClient {
  /** Whether Envoy has its configuration and takes traffic. False also when nothing answers. */
  ready(): Promise<boolean>;
  serverInfo(): Promise<ServerInfo>;
  /** Counters and gauges whose name matches, by name. */
  stats(filter?: RegExp): Promise<ReadonlyMap<string, number>>;
  /** `/config_dump`, in JSON; with `query` such as `resource=dynamic_listeners` or `include_eds`. */
  configDump(query?: string): Promise<JsonObject>;
  /** Stops taking new connections and asks clients to leave; what is running goes on. */
  drain(): Promise<void>;
  /** Ends the process at once. */
  quit(): Promise<void>;
  /** Any other path of the interface; gives the body. Rejects when the status is not 200. */
  call(method: "GET" | "POST", path: string): Promise<string>;
}

/** A client of one Envoy's admin interface. Every call opens its own connection, and rejects after `timeoutMs`. */
export function adminClient(address: AdminAddress, timeoutMs = 5_000): AdminClient {
  const call = async (method: "GET" | "POST", path: string): Promise<string> => {
    const { status, body } = await exchange(address, method, path, timeoutMs);
    if (status !== 200)
      throw new Error(`Envoy's admin interface answered ${status} to ${method} ${path}: ${body.trim()}`);
    return body;
  };
  return {
    call,
    ready: () =>
      exchange(address, "GET", "/ready", timeoutMs).then(
        ({ status }) => status === 200,
        () => false,
      ),
    serverInfo: async () => parseServerInfo(JSON.parse(await call("GET", "/server_info"))),
    stats: async (filter) => {
      const query = filter === undefined ? "" : `&filter=${encodeURIComponent(filter.source)}`;
      return parseStats(await call("GET", `/stats?type=All${query}`));
    },
    configDump: async (query = "") => JSON.parse(await call("GET", `/config_dump${query === "" ? "" : `?${query}`}`)),
    drain: async () => {
      await call("POST", "/healthcheck/fail");
      await call("POST", "/drain_listeners?graceful");
    },
    quit: async () => {
      await call("POST", "/quitquitquit");
    },
  };
}

function exchange(
  address: AdminAddress,
  method: string,
  path: string,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const target =
    address.kind === "unix" ? { socketPath: address.path } : { host: "127.0.0.1", port: address.port, family: 4 };
  const sent = request(
    { ...target, method, path, agent: false, signal: AbortSignal.timeout(timeoutMs), headers: { host: "localhost" } },
    (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    },
  );
  sent.on("error", reject);
  sent.end();
  return promise;
}

function parseServerInfo(info: Json): ServerInfo {
  const version = textAt(info, "version") ?? "";
  return {
    nodeId: textAt(info, "node", "id") ?? "",
    state: textAt(info, "state") ?? "",
    version: version.split("/")[1] ?? version,
  };
}

function parseStats(body: string): ReadonlyMap<string, number> {
  const stats = new Map<string, number>();
  for (const line of body.split("\n")) {
    const end = line.lastIndexOf(": ");
    const value = Number(line.slice(end + 2));
    // Histograms and text readouts have other values.
    if (end > 0 && Number.isFinite(value)) stats.set(line.slice(0, end), value);
  }
  return stats;
}
