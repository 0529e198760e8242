import type { TestContext } from "node:test";
import { ClusterKeys } from "../../src/identity/cluster-keys.ts";
import type { ProxyPod } from "../../src/identity/proxy-pod.ts";
import { podOf } from "../../src/identity/testing/proxy-pods.ts";
import { TokenIssuer } from "../../src/identity/testing/token-issuer.ts";
import { tokenAuthenticator } from "../../src/identity/token-authenticator.ts";
import { type XdsCertificates, xdsCertificates, xdsServerNames } from "../../src/identity/xds-certificates.ts";
import { xdsTls } from "../../src/identity/xds-secret.ts";
import type { CredentialAuthenticator } from "../../src/serve/authentication.ts";
import { createXdsServer, type XdsServer } from "../../src/serve/xds-server.ts";
import type { PlanSource } from "../../src/xds/resource.ts";

/** Weir's xDS port as it is in a cluster: TCP, TLS with the certificates of the Secret, tokens of pods. */
export interface XdsPort {
  readonly port: number;
  readonly issuer: TokenIssuer;
  readonly pods: Map<string, ProxyPod>;
  readonly server: XdsServer;
  readonly certificates: XdsCertificates;
  /** `Authorization` headers of calls, in order. */
  readonly calls: readonly string[];
  tokenFor(gateway: string): Promise<string>;
  /** Ends the server and starts another one on the same port. */
  restart(certificates?: XdsCertificates): Promise<void>;
}

export async function startXdsPort(t: TestContext, plans: PlanSource): Promise<XdsPort> {
  const issuer = await TokenIssuer.create();
  const pods = new Map<string, ProxyPod>();
  const calls: string[] = [];
  let certificates = await xdsCertificates(undefined, xdsServerNames("weir", "weir-system"), new Date());
  const checked = tokenAuthenticator({
    keys: new ClusterKeys({ client: issuer, now: () => performance.now() }),
    pod: (namespace, name) => pods.get(`${namespace}/${name}`),
    serviceAccountOf: ({ name }) => `weir-${name}`,
    now: () => new Date(),
  });
  const authenticator: CredentialAuthenticator = {
    kind: "credential",
    authenticate: (headers, peer) => {
      calls.push(String(headers.authorization));
      return checked.authenticate(headers, peer);
    },
  };
  const start = async (port: number) => {
    const server = createXdsServer({
      plans,
      listen: { kind: "tcp", host: "127.0.0.1", port, tls: xdsTls(certificates) },
      authenticator,
      limits: { removalGraceMs: 100 },
    });
    const address = await server.start();
    if (address.kind !== "tcp") throw new Error("not a TCP server");
    return { server, port: address.port };
  };
  let running = await start(0);
  t.after(() => running.server.close());
  return {
    port: running.port,
    issuer,
    pods,
    calls,
    get server() {
      return running.server;
    },
    get certificates() {
      return certificates;
    },
    tokenFor: (gateway) => {
      const { namespace, serviceAccountName: serviceAccount, name, uid } = podOf(gateway);
      return issuer.token({ namespace, serviceAccount, pod: { name, uid }, issuedAt: new Date() });
    },
    restart: async (next) => {
      certificates = next ?? certificates;
      await running.server.close();
      running = await start(running.port);
    },
  };
}
