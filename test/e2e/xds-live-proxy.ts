import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type AdminClient, adminClient } from "../../src/dataplane/admin.ts";
import { bootstrap } from "../../src/dataplane/bootstrap.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { localAuthenticator } from "../../src/serve/authentication.ts";
import { createXdsServer, type XdsServer } from "../../src/serve/xds-server.ts";
import type { PlanSource } from "../../src/xds/resource.ts";

/** A real Envoy that gets its configuration from a real xDS server over a Unix socket. */
export interface LiveProxy {
  readonly admin: AdminClient;
  readonly server: XdsServer;
  /** Resolves once the proxy has acknowledged all that the plan holds and is live. */
  settled(): Promise<void>;
  /** The JSON access log so far; only where a listener writes one to standard output. */
  accessLog(): Promise<readonly Record<string, unknown>[]>;
  /** Envoy's own log. */
  log(): Promise<string>;
}

/** Only what never happens takes this long, on a machine with much else to do too. */
const deadline = 60_000;

/** Calls `check` until it holds; rejects with what `describe` says when it never does. */
export async function eventually(check: () => boolean | Promise<boolean>, describe: () => string): Promise<void> {
  const end = performance.now() + deadline;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`gave up waiting: ${describe()}`);
    await wait(10);
  }
}

/** Starts Envoy for the plans of `proxyClass`; ends it with the test. Undefined where there is no Envoy: the test is then skipped. */
export async function liveProxy(t: TestContext, plans: PlanSource, proxyClass: string): Promise<LiveProxy | undefined> {
  const envoy = await realEnvoy(t);
  if (envoy === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "weir-live-"));
  const socket = join(folder, "xds.sock");
  const admin = { kind: "unix", path: join(folder, "admin.sock") } as const;
  const server = createXdsServer({ plans, listen: { kind: "unix", path: socket }, authenticator: localAuthenticator });
  await server.start();
  const configuration = bootstrap({
    node: { id: "gateway/test/live/1", cluster: proxyClass },
    controlPlane: { kind: "unix", path: socket },
    admin,
    stats: "all",
  });
  const file = join(folder, "bootstrap.json");
  await writeFile(file, JSON.stringify(configuration));
  const process = spawn(
    envoy.path,
    [
      "-c",
      file,
      "--concurrency",
      "1",
      "--disable-hot-restart",
      "--drain-time-s",
      "1",
      "-l",
      "warning",
      "--file-flush-interval-msec",
      "20",
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let log = "";
  process.stdout.on("data", (data: Buffer) => (output += data.toString()));
  process.stderr.on("data", (data: Buffer) => (log += data.toString()));
  t.after(async () => {
    process.kill("SIGKILL");
    if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
    await server.close();
    await rm(folder, { recursive: true });
  });
  const client = adminClient(admin);
  const proxy: LiveProxy = {
    admin: client,
    server,
    settled: () =>
      eventually(
        async () => (server.proxies.list()[0]?.synced() ?? false) && (await client.ready()),
        () => `the proxy did not acknowledge everything: ${describeState(server)}\n${log}`,
      ),
    accessLog: () =>
      Promise.resolve(output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []))),
    log: () => Promise.resolve(log),
  };
  await proxy.settled();
  return proxy;
}

function describeState(server: XdsServer): string {
  const [proxy] = server.proxies.list();
  if (proxy === undefined) return "it is not connected";
  const types = [...proxy.types()].map(
    ([type, { subscribed, acknowledged, pending, lastError }]) =>
      `${type}: ${subscribed} subscribed, ${acknowledged} acknowledged, ${pending} pending, ${lastError ?? "no error"}`,
  );
  return types.join("; ");
}

/** Ports nobody listens on at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = createSocket().listen(0, "127.0.0.1");
      await once(socket, "listening");
      return socket;
    }),
  );
  const ports = sockets.map((socket) => portOf(socket.address()));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.close(resolve))));
  return ports;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

/** What a backend saw of a request. */
export interface Seen {
  readonly backend: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** An HTTP server that answers every request with what it saw of it, and keeps count. */
export async function echoBackend(t: TestContext, name: string, answer?: (request: IncomingMessage) => number) {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    const one = { backend: name, method: incoming.method ?? "", url: incoming.url ?? "", headers: incoming.headers };
    seen.push(one);
    response.writeHead(answer?.(incoming) ?? 200, { "content-type": "application/json", "x-backend": name });
    response.end(JSON.stringify(one));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: portOf(server.address()), seen };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What the backend saw; undefined where the proxy answered itself. */
  readonly seen: Seen | undefined;
}

export interface Ask {
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The client's own address, within 127.0.0.0/8. */
  readonly from?: string;
}

/** One request on a connection of its own. */
export async function ask(port: number, path: string, options: Ask = {}): Promise<Answer> {
  const { host = "a.example.com", method = "GET", headers = {}, from } = options;
  const outgoing = request({
    host: "127.0.0.1",
    port,
    path,
    method,
    agent: false,
    headers: {
      host,
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, headerValue(value)])),
    },
    ...(from === undefined ? {} : { localAddress: from }),
  });
  outgoing.end();
  const [incoming]: IncomingMessage[] = await once(outgoing, "response");
  if (incoming === undefined) throw new Error("no response");
  let body = "";
  for await (const part of incoming) body += String(part);
  const echoed = incoming.headers["x-backend"] !== undefined;
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body,
    seen: echoed ? JSON.parse(body) : undefined,
  };
}

function headerValue(value: string | readonly string[]): string | string[] {
  return typeof value === "string" ? value : [...value];
}
