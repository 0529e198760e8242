import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request } from "node:http";
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

export const proxyClass = "default/web";

/** An Envoy whose control plane the test starts and stops. */
export interface EnvoyPeer {
  readonly admin: AdminClient;
  /** The server that runs at the moment. */
  readonly server: XdsServer;
  /** Ends the server and its streams. */
  stopServer(): Promise<void>;
  /** Starts another server, which knows nothing of the one before. */
  startServer(): Promise<void>;
  /** Resolves once the proxy has acknowledged all that the plan holds and takes requests. */
  synced(): Promise<void>;
  /** One of Envoy's counters or gauges. */
  stat(name: string): Promise<number>;
}

export async function eventually(check: () => boolean | Promise<boolean>, describe: () => string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`gave up waiting: ${describe()}`);
    await wait(10);
  }
}

/** Starts Envoy and a server of `plans` for the length of a test; undefined (and the test skipped) where there is no Envoy. */
export async function envoyPeer(
  t: TestContext,
  plans: PlanSource,
  variant: "DELTA_GRPC" | "GRPC" = "DELTA_GRPC",
): Promise<EnvoyPeer | undefined> {
  const envoy = await realEnvoy(t);
  if (envoy === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "weir-interop-"));
  const path = join(folder, "xds.sock");
  const create = () =>
    createXdsServer({
      plans,
      listen: { kind: "unix", path },
      authenticator: localAuthenticator,
      controlPlane: "weir/interop",
      limits: { removalGraceMs: 100 },
    });
  let server = create();
  await server.start();
  const adminAddress = { kind: "unix", path: join(folder, "admin.sock") } as const;
  const configuration = JSON.stringify(
    bootstrap({
      node: { id: "gateway/default/web/1", cluster: proxyClass },
      controlPlane: { kind: "unix", path },
      admin: adminAddress,
      stats: "all",
    }),
  );
  const file = join(folder, "bootstrap.json");
  await writeFile(file, configuration.replace('"DELTA_GRPC"', JSON.stringify(variant)));
  const options = ["-c", file, "--concurrency", "1", "--disable-hot-restart", "--drain-time-s", "1", "-l", "warning"];
  const child = spawn(envoy.path, options, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (data: Buffer) => {
    log += data.toString();
  });
  t.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await server.close();
    await rm(folder, { recursive: true });
  });
  const admin = adminClient(adminAddress);
  return {
    admin,
    get server() {
      return server;
    },
    stopServer: () => server.close(),
    startServer: async () => {
      server = create();
      await server.start();
    },
    synced: () =>
      eventually(
        async () => (server.proxies.list()[0]?.synced() ?? false) && (await admin.ready()),
        () => `${JSON.stringify([...(server.proxies.list()[0]?.types() ?? [])])}\n${log}`,
      ),
    stat: async (name) => (await admin.stats()).get(name) ?? Number.NaN,
  };
}

/** A port below those that the system gives to outgoing connections, so that nothing takes it before Envoy does. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const socket = createSocket().listen(port, "127.0.0.1");
    const isFree = await once(socket, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    await new Promise((resolve) => socket.close(resolve));
    return port;
  }
}

/** Answers every request with `name`. */
export async function backend(t: TestContext, name: string): Promise<number> {
  const server = createServer((_request, response) => response.end(name)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return portOf(server.address());
}

/** One request on a connection of its own: status, the mark of the route, and the body. */
export async function ask(port: number, host: string, path = "/"): Promise<string> {
  const outgoing = request({ host: "127.0.0.1", port, path, agent: false, headers: { host } });
  outgoing.end();
  const [response]: IncomingMessage[] = await once(outgoing, "response");
  if (response === undefined) throw new Error("no response");
  let body = "";
  for await (const part of response) body += String(part);
  return `${response.statusCode} ${String(response.headers["x-mark"] ?? "-")} ${body.slice(0, 40)}`;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}
