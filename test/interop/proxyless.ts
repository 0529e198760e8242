import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { localAuthenticator } from "../../src/serve/authentication.ts";
import { TestPlans } from "../../src/serve/testing/test-plans.ts";
import { createXdsServer, type XdsServer } from "../../src/serve/xds-server.ts";
import { apiListener, cluster, endpoints, routeTable, virtualHost } from "./envoy-resources.ts";
import { echoServer } from "./grpc-service.ts";

export const proxyClass = "default/clients";

/** What a gRPC client without a proxy needs to resolve `xds:///svc`: a server of its plan, and the client's bootstrap file. */
export interface ProxylessWorld {
  readonly server: XdsServer;
  readonly plans: TestPlans;
  readonly bootstrapFile: string;
  /** Sends `svc` to the second of the two backends, "one" and "two", through another cluster. */
  switchOver(): void;
}

export async function proxylessWorld(t: TestContext): Promise<ProxylessWorld> {
  const folder = await mkdtemp(join(tmpdir(), "weir-proxyless-"));
  const path = join(folder, "xds.sock");
  const [one, two] = [await echoServer(t, "one"), await echoServer(t, "two")];
  const plans = new TestPlans();
  plans.replace(proxyClass, [
    apiListener("svc", "table"),
    routeTable("table", [virtualHost("svc", "a")]),
    cluster("a"),
    endpoints("a", one),
  ]);
  const server = createXdsServer({ plans, listen: { kind: "unix", path }, authenticator: localAuthenticator });
  await server.start();
  const bootstrapFile = join(folder, "bootstrap.json");
  await writeFile(
    bootstrapFile,
    JSON.stringify({
      xds_servers: [{ server_uri: `unix:${path}`, channel_creds: [{ type: "insecure" }], server_features: ["xds_v3"] }],
      node: { id: "client", cluster: proxyClass, locality: { zone: "z" } },
    }),
  );
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  return {
    server,
    plans,
    bootstrapFile,
    switchOver: () =>
      plans.replace(proxyClass, [
        apiListener("svc", "table"),
        routeTable("table", [virtualHost("svc", "b")]),
        cluster("b"),
        endpoints("b", two),
      ]),
  };
}
