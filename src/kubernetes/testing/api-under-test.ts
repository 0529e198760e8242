import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import type { KubernetesClient } from "../client.ts";
import { createHttpsClient } from "../https-client.ts";
import { collectionOf, selects } from "./selection.ts";
import { Until } from "./until.ts";

interface Served {
  readonly apiVersion: string;
  readonly kind: string;
  readonly objects: Map<string, JsonObject>;
}

interface Change {
  readonly version: number;
  readonly path: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
}

export interface Seen {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
}

interface Watch {
  readonly seen: Seen;
  readonly response: ServerResponse;
}

export type Fault =
  | { readonly status: number; readonly body: Json; readonly retryAfter?: number }
  | "reset"
  | "silence";

/**
 * What an API server does for lists and watches, on a real socket, with a past that can be forgotten and connections that can be broken
 * when a test says so. Written from the Kubernetes documentation's "API concepts".
 */
export class ApiUnderTest extends Until {
  readonly seen: Seen[] = [];
  readonly client: KubernetesClient;
  /** How many items a page has at most, whatever is asked for. */
  pageSize = 500;
  readonly #served = new Map<string, Served>();
  readonly #watches = new Set<Watch>();
  readonly #faults: { readonly matches: (seen: Seen) => boolean; readonly fault: Fault }[] = [];
  readonly #server: Server;
  #log: Change[] = [];
  #version = 10;
  #oldest = 0;

  private constructor(server: Server) {
    super();
    this.#server = server;
    const { port } = addressOf(server);
    const credentials = {
      server: `http://127.0.0.1:${port}`,
      namespace: "default",
      hasProxy: false,
      options: async () => ({ headers: {} }),
    };
    this.client = createHttpsClient({ credentials, userAgent: "weir/test" });
    server.on("request", (request, response) => this.#answer(request, response));
  }

  static async listen(): Promise<ApiUnderTest> {
    const server = createServer({ keepAlive: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ApiUnderTest(server);
  }

  async close(): Promise<void> {
    await this.client.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** `/apis/networking.k8s.io/v1/ingresses`, without namespace. */
  serve(path: string, kind: string): void {
    const apiVersion = path.replace(/^\/apis?\//, "").replace(/\/[^/]+$/, "");
    this.#served.set(path, { apiVersion, kind, objects: new Map() });
  }

  unserve(path: string): void {
    this.#served.delete(path);
    this.breakWatches(path, "end");
  }

  put(path: string, body: JsonObject): void {
    const served = this.#served.get(path);
    if (served === undefined) throw new Error(`${path} is not served`);
    const name = nameOf(body);
    const before = served.objects.get(name);
    const version = ++this.#version;
    const metadata = { uid: `uid of ${name}`, ...objectAt(body, "metadata"), resourceVersion: String(version) };
    const after = { apiVersion: served.apiVersion, kind: served.kind, ...body, metadata };
    served.objects.set(name, after);
    this.#changed({ version, path, before, after });
  }

  remove(path: string, namespace: string, name: string): void {
    const objects = this.#served.get(path)?.objects;
    const before = objects?.get(`${namespace}/${name}`);
    objects?.delete(`${namespace}/${name}`);
    this.#changed({ version: ++this.#version, path, before, after: undefined });
  }

  /** The past up to now is forgotten, as after a compaction. */
  compact(): void {
    this.#oldest = ++this.#version;
    this.#log = [];
  }

  /** A bookmark to every open watch. */
  bookmark(): void {
    for (const { seen, response } of this.#watches) {
      const kind = this.#served.get(collectionOf(seen.path).path)?.kind ?? "";
      send(response, "BOOKMARK", { kind, metadata: { resourceVersion: String(this.#version) } });
    }
  }

  /** Ends open watches: properly, by a reset, or inside a line. */
  breakWatches(path: string, how: "end" | "reset" | "mid-line"): void {
    for (const watch of this.#watchesOf(path)) {
      const { response } = watch;
      this.#watches.delete(watch);
      if (how === "end") response.end();
      else if (how === "reset") response.destroy();
      else response.write('{"type":"MODIFIED","object":{"kind":"Serv', () => response.destroy());
    }
  }

  /** Writes these bytes to the open watches of a path. */
  write(path: string, ...pieces: readonly (string | Uint8Array)[]): void {
    for (const { response } of this.#watchesOf(path)) for (const piece of pieces) response.write(piece);
  }

  /** The next request that matches gets this instead of an answer. */
  failNext(matches: (seen: Seen) => boolean, fault: Fault): void {
    this.#faults.push({ matches, fault });
  }

  openWatches(path: string): readonly Seen[] {
    return this.#watchesOf(path).map(({ seen }) => seen);
  }

  lists(path: string): readonly Seen[] {
    return this.seen.filter((seen) => seen.path === path && !seen.query.has("watch"));
  }

  watches(path: string): readonly Seen[] {
    return this.seen.filter((seen) => seen.path === path && seen.query.has("watch"));
  }

  get version(): string {
    return String(this.#version);
  }

  #watchesOf(path: string): readonly Watch[] {
    return [...this.#watches].filter(({ seen }) => collectionOf(seen.path).path === path || seen.path === path);
  }

  #changed(change: Change): void {
    this.#log.push(change);
    for (const watch of this.#watches) this.#tell(watch, change);
  }

  #tell({ seen, response }: Watch, { path, before, after, version }: Change): void {
    if (collectionOf(seen.path).path !== path) return;
    const was = before !== undefined && selects(seen, before);
    const is = after !== undefined && selects(seen, after);
    if (is) send(response, was ? "MODIFIED" : "ADDED", after);
    else if (was) {
      const metadata = { ...objectAt(before, "metadata"), resourceVersion: String(version) };
      send(response, "DELETED", { ...before, metadata });
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://api");
    const seen = { path: url.pathname, query: url.searchParams, accept: request.headers.accept ?? "" };
    this.seen.push(seen);
    const index = this.#faults.findIndex(({ matches }) => matches(seen));
    const [fault] = index < 0 ? [] : this.#faults.splice(index, 1);
    if (fault !== undefined) refuse(response, fault.fault);
    else this.#serveRequest(seen, response);
    this.check();
  }

  #serveRequest(seen: Seen, response: ServerResponse): void {
    const served = this.#served.get(collectionOf(seen.path).path);
    if (served === undefined) this.#discover(seen, response);
    else if (seen.query.get("watch") === "true") this.#watch(seen, response);
    else this.#list(seen, served, response);
  }

  #discover({ path: version }: Seen, response: ServerResponse): void {
    const resources = [...this.#served.keys()].filter((path) => path.startsWith(`${version}/`));
    const names = resources.map((path) => ({ name: path.slice(path.lastIndexOf("/") + 1) }));
    if (resources.length === 0) refuse(response, status(404, "the server could not find the requested resource"));
    else response.end(JSON.stringify({ kind: "APIResourceList", resources: names }));
  }

  #watch(seen: Seen, response: ServerResponse): void {
    const from = Number(seen.query.get("resourceVersion"));
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (from < this.#oldest) {
      send(response, "ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });
      response.end();
      return;
    }
    const watch = { seen, response };
    this.#watches.add(watch);
    response.on("close", () => {
      this.#watches.delete(watch);
      this.check();
    });
    for (const change of this.#log) if (change.version > from) this.#tell(watch, change);
  }

  #list(seen: Seen, { apiVersion, kind, objects }: Served, response: ServerResponse): void {
    const [at = 0, start = 0] = (seen.query.get("continue") ?? "")
      .split(":")
      .filter((part) => part !== "")
      .map(Number);
    if (start > 0 && at < this.#oldest) {
      refuse(response, status(410, "the continue token is too old"));
      return;
    }
    const limit = Math.min(this.pageSize, Number(seen.query.get("limit") ?? Number.POSITIVE_INFINITY));
    const all = [...objects.values()].filter((object) => selects(seen, object));
    const size = seen.query.has("limit") ? limit : all.length;
    const items = all.slice(start, start + size).map((item) => ({ ...item, apiVersion: undefined, kind: undefined }));
    const version = start > 0 ? at : this.#version;
    const more = start + size < all.length ? { continue: `${version}:${start + size}` } : {};
    const metadata = { resourceVersion: String(version), ...more };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ apiVersion, kind: `${kind}List`, metadata, items }));
  }
}

/** A `Status` answer. */
export function status(code: number, message: string): Fault {
  return { status: code, body: { kind: "Status", apiVersion: "v1", status: "Failure", code, message } };
}

function refuse(response: ServerResponse, fault: Fault): void {
  if (fault === "silence") return;
  if (fault === "reset") {
    response.destroy();
    return;
  }
  if (fault.retryAfter !== undefined) response.setHeader("retry-after", String(fault.retryAfter));
  response.writeHead(fault.status, { "content-type": "application/json" });
  response.end(typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body));
}

function send(response: ServerResponse, type: string, object: JsonObject): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function nameOf(body: JsonObject): string {
  return `${textAt(body, "metadata", "namespace") ?? ""}/${textAt(body, "metadata", "name") ?? ""}`;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address;
}
