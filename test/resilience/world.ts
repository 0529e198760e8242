import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, type TestContext } from "node:test";
import { ClusterSession, installationNamespace } from "../../scripts/cluster-tools/session.ts";
import { createAuthority, type IssuedCertificate, issueCertificate } from "../../src/identity/certificates.ts";
import { textAt } from "../../src/model/json.ts";
import { podsOf, type Workload } from "../support/cluster/pods.ts";
import type { HttpTarget } from "../support/http-client.ts";
import { answered } from "./awaited.ts";
import { runInside } from "./inside.ts";
import { Load } from "./load.ts";
import type { LoadKind } from "./load-report.ts";
import { echo, gateway, gatewayName, host, namespace, namespaceObject, proxyClass, route, tlsSecret } from "./shop.ts";

const say = (message: string): void => void process.stderr.write(`resilience: ${message}\n`);

/** The cluster that WEIR_CLUSTER names is used and left; without it there is one of this run's own. */
const given = process.env.WEIR_CLUSTER;
const cluster = new ClusterSession({ name: given ?? `test-${process.pid}`, say });

/** Why these tests cannot run here; false where they can. */
export const skip: string | false = (await cluster.unavailable()) ?? false;

export const weir: Workload = {
  namespace: installationNamespace,
  deployment: "weir",
  selector: "app.kubernetes.io/name=weir",
};

/** The port of Weir's pods that proxies connect to. */
export const xdsPort = 18_000;

export const proxies: Workload = {
  namespace,
  deployment: `weir-${gatewayName}`,
  selector: `gateway.networking.k8s.io/gateway-name=${gatewayName}`,
};

export const backends: Workload = { namespace, deployment: "echo", selector: "app=echo" };

export interface World {
  readonly cluster: ClusterSession;
  readonly authority: IssuedCertificate;
  /** The Gateway itself, as clients reach it: a host's answers without TLS. */
  readonly plain: (hostname: string) => HttpTarget;
  readonly secure: (hostname: string) => HttpTarget;
  /** Puts a new certificate for a host into a Secret; its serial number. */
  readonly certify: (secret: string, hostname: string) => Promise<string>;
  readonly startLoad: (t: TestContext) => Promise<Load>;
  /** What a program of this folder printed, run in the cluster's network with one argument, as JSON. */
  readonly inside: (program: string, argument: object, input?: string) => Promise<string>;
  /** Each of the Gateway's proxies by itself. */
  readonly atEachProxy: (hostname: string) => Promise<readonly HttpTarget[]>;
  /** Asserts that a route which is made now is served by every proxy, and that the leader says so. */
  readonly takesChanges: (after: string) => Promise<void>;
}

/** Brings the cluster up before the suite that calls this, with the images and definitions that worlds consist of, and takes it down after it. */
export function useCluster(): void {
  before(async () => {
    await cluster.up("weir", "envoy", "echo-basic");
    await cluster.installDefinitions();
  });
  after(async () => {
    if (given === undefined) await cluster.run("down");
  });
}

/**
 * Installs Weir and makes a Gateway with two proxies and two backends, before the suite that calls this.
 * @param weir The commit of the Weir to begin with. Default: this checkout's.
 */
export function useShop({ weir: commit }: { readonly weir?: string } = {}): World {
  let authority: IssuedCertificate | undefined;
  let address = "";
  const issuer = (): IssuedCertificate => {
    assert.ok(authority !== undefined, "the world is up");
    return authority;
  };
  const plain = (hostname: string): HttpTarget => ({ address, port: 80, host: hostname, path: "/" });
  const world: World = {
    cluster,
    get authority() {
      return issuer();
    },
    plain,
    secure: (hostname) => ({ ...plain(hostname), port: 443, trusted: issuer().certificate }),
    certify: async (secret, hostname) => {
      const { certificate, privateKey } = await issueCertificate(issuer(), [hostname], lifetime());
      await cluster.apply([tlsSecret(secret, certificate, privateKey.reveal())]);
      return new X509Certificate(certificate).serialNumber;
    },
    startLoad: (t) => Load.start(t, cluster, { kinds: kindsOf(world), pauseMs: 20 }),
    inside: (program, argument, input) => runInside(cluster, program, argument, input),
    atEachProxy: async (hostname) => {
      const pods = (await podsOf(cluster, proxies)).filter(({ leaves }) => !leaves);
      return pods.map((pod) => ({ ...plain(hostname), address: pod.address }));
    },
    takesChanges: async (after) => {
      const name = `${after}-${Date.now()}`;
      const hostname = `${name}.example`;
      await cluster.apply([route({ name, hostname })]);
      await answered(cluster, await world.atEachProxy(hostname), { status: 200 });
      const accepted = `--for=jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True`;
      await cluster.kubectl("wait", accepted, `httproute/${name}`, `--namespace=${namespace}`, "--timeout=60s");
    },
  };
  before(async () => {
    authority = await createAuthority("Shop", lifetime());
    if (commit === undefined) await cluster.installWeir();
    else await cluster.installOlderWeir(commit);
    await cluster.apply([namespaceObject()]);
    await world.certify(gatewayName, host);
    await cluster.apply([proxyClass(), gateway(), ...echo(2), route({ name: "shop", hostname: host })]);
    const wait = ["--namespace", namespace, "--timeout=180s"];
    await cluster.kubectl("rollout", "status", `deployment/${backends.deployment}`, ...wait);
    await cluster.kubectl("wait", "--for=create", `deployment/${proxies.deployment}`, ...wait);
    await cluster.kubectl("rollout", "status", `deployment/${proxies.deployment}`, ...wait);
    const service = `service/${proxies.deployment}`;
    await cluster.kubectl("wait", "--for=jsonpath={.status.loadBalancer.ingress}", service, ...wait);
    const found = await cluster.get(service, "--namespace", namespace);
    address = textAt(found, "status", "loadBalancer", "ingress", 0, "ip") ?? "";
    await answered(cluster, [plain(host), world.secure(host)], { status: 200 });
    say("the world is up");
  });
  return world;
}

function lifetime(): { readonly from: Date; readonly until: Date } {
  const from = new Date();
  return { from, until: new Date(from.getTime() + 86_400_000) };
}

/** Kept connections of both protocols, with TLS and without, and connections of one request each. */
function kindsOf({ plain, secure }: World): readonly LoadKind[] {
  const http1 = { protocol: "http1", keep: true, streams: 1 } as const;
  const http2 = { protocol: "http2", keep: true, streams: 3 } as const;
  return [
    { ...http1, name: "HTTP/1.1", clients: 3, target: plain(host) },
    { ...http1, name: "HTTP/1.1 with TLS", clients: 2, target: secure(host) },
    { ...http2, name: "HTTP/2", clients: 1, target: plain(host) },
    { ...http2, name: "HTTP/2 with TLS", clients: 2, target: secure(host) },
    { ...http1, name: "one request a connection", keep: false, clients: 1, target: plain(host) },
    { ...http1, name: "one request a TLS connection", keep: false, clients: 1, target: secure(host) },
  ];
}
