import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { TLSSocket } from "node:tls";
import { defaultOptions, setting } from "../../src/dialects/testing/dialect-rig.ts";
import { toSourceObject } from "../../src/dialects/testing/golden-world.ts";
import { createPlannedRig } from "../../src/dialects/testing/requests.ts";
import type { Json } from "../../src/model/source-object.ts";
import { encodePlan } from "../../src/xds/encode-plan.ts";
import { defaultEncodeOptions } from "../../src/xds/options.ts";
import { type Peer, type PeerAuthority, peerAuthority } from "./peer-certificates.ts";
import { ask, eventually, freePorts, liveProxy } from "./xds-live-proxy.ts";

const gatewayApi = "gateway.networking.k8s.io/v1";

/** What a TLS backend saw of its connections. */
interface SeenTls {
  readonly serverName: string;
  readonly client: string | undefined;
}

async function tlsBackend(t: TestContext, peer: Peer, clients?: string) {
  const seen: SeenTls[] = [];
  const verify = clients === undefined ? {} : { ca: clients, requestCert: true, rejectUnauthorized: true };
  const server = createServer({ ...peer, ...verify }, (incoming, response) => {
    const { socket } = incoming;
    if (socket instanceof TLSSocket) {
      const client = socket.getPeerX509Certificate()?.toString();
      seen.push({ serverName: String(Reflect.get(socket, "servername")), client });
    }
    response.end("reached over TLS");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, seen };
}

/** Objects through all stages into a real Envoy; ports 80, 443 and 8443 stand for free ones. */
async function cluster(t: TestContext, objects: readonly Json[]) {
  const ports = await freePorts(3);
  const portMap = new Map([80, 443, 8443].map((written, index) => [written, ports[index] ?? 0]));
  const rig = createPlannedRig({ ...defaultOptions, portMap });
  const options = { ...defaultEncodeOptions, anyAddress: "0.0.0.0" as const };
  const encoded = encodePlan(rig.graph, rig.plan, rig.core.endpointSets, options);
  const put = (...more: readonly Json[]) => rig.apply(setting(...more.map(toSourceObject)));
  put(
    {
      apiVersion: gatewayApi,
      kind: "GatewayClass",
      metadata: { name: "weir" },
      spec: { controllerName: "weir.dev/gateway" },
    },
    ...objects,
  );
  encoded.planSource.release();
  const proxy = await liveProxy(t, encoded.planSource, "local");
  return proxy === undefined
    ? undefined
    : { plans: encoded.planSource, put, portOf: (written: number) => portMap.get(written) ?? 0 };
}

function object(kind: string, name: string, spec: Json, apiVersion = gatewayApi): Json {
  return { apiVersion, kind, metadata: { namespace: "shop", name }, spec };
}

function authorityMap(name: string, certificate: string): Json {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "shop", name },
    data: { "ca.crt": certificate },
  };
}

function tlsSecret(name: string, { cert, key }: Peer): Json {
  const data = { "tls.crt": Buffer.from(cert).toString("base64"), "tls.key": Buffer.from(key).toString("base64") };
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace: "shop", name }, type: "kubernetes.io/tls", data };
}

/** A Service at one port of this machine, and a route for its name. */
function service(name: string, port: number): Json[] {
  return [
    object("Service", name, { ports: [{ name: "main", port: 443 }] }, "v1"),
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace: "shop", name, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [{ name: "main", port, protocol: "TCP" }],
      endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
    },
    object("HTTPRoute", name, {
      parentRefs: [{ name: "edge" }],
      rules: [{ matches: [{ path: { value: `/${name}` } }], backendRefs: [{ name, port: 443 }] }],
    }),
  ];
}

function policy(name: string, validation: Json): Json {
  const targetRefs = [{ group: "", kind: "Service", name, sectionName: "main" }];
  return object("BackendTLSPolicy", name, { targetRefs, validation });
}

const trusting = (name: string) => [{ group: "", kind: "ConfigMap", name }];

function edge(tls?: Json, listeners: Json = [{ name: "http", port: 80, protocol: "HTTP" }]): Json {
  return object("Gateway", "edge", { gatewayClassName: "weir", listeners, ...(tls === undefined ? {} : { tls }) });
}

describe("TLS to backends on real Envoy", () => {
  it("reaches a backend that proves to be who the policy says, and nobody else", async (t) => {
    const [known, strange] = [await peerAuthority("known"), await peerAuthority("strange")];
    const backend = await tlsBackend(t, await known.issue("server", { dns: ["api.test"], uri: ["spiffe://shop/api"] }));
    const ca = { caCertificateRefs: trusting("known") };
    const names = {
      right: { ...ca, hostname: "api.test" },
      "wrong-name": { ...ca, hostname: "other.test" },
      "wrong-authority": { caCertificateRefs: trusting("strange"), hostname: "api.test" },
      "no-authority": { caCertificateRefs: trusting("missing"), hostname: "api.test" },
      system: { wellKnownCACertificates: "System", hostname: "api.test" },
      "uri-san": { ...ca, hostname: "sni.test", subjectAltNames: [{ type: "URI", uri: "spiffe://shop/api" }] },
      "wrong-uri": { ...ca, hostname: "api.test", subjectAltNames: [{ type: "URI", uri: "spiffe://shop/web" }] },
      "one-of-two": {
        ...ca,
        hostname: "sni.test",
        subjectAltNames: [
          { type: "URI", uri: "spiffe://shop/web" },
          { type: "Hostname", hostname: "api.test" },
        ],
      },
    };
    const live = await cluster(t, [
      edge(),
      authorityMap("known", known.certificate),
      authorityMap("strange", strange.certificate),
      ...Object.entries(names).flatMap(([name, validation]) => [
        ...service(name, backend.port),
        policy(name, validation),
      ]),
    ]);
    if (live === undefined) return;
    const statuses: Record<string, number> = {};
    for (const name of Object.keys(names)) statuses[name] = (await ask(live.portOf(80), `/${name}`)).status;
    assert.deepEqual(statuses, {
      right: 200,
      "wrong-name": 503,
      "wrong-authority": 503,
      "no-authority": 500,
      system: 503,
      "uri-san": 200,
      "wrong-uri": 503,
      "one-of-two": 200,
    });
    assert.deepEqual(
      backend.seen.map(({ serverName }) => serverName),
      ["api.test", "sni.test", "sni.test"],
    );
  });

  it("takes another authority without another cluster, and sends nothing once the policy has none", async (t) => {
    const [known, strange] = [await peerAuthority("known"), await peerAuthority("strange")];
    const backend = await tlsBackend(t, await known.issue("server", { dns: ["api.test"] }));
    const live = await cluster(t, [
      edge(),
      authorityMap("trusted", strange.certificate),
      ...service("api", backend.port),
      policy("api", { caCertificateRefs: trusting("trusted"), hostname: "api.test" }),
    ]);
    if (live === undefined) return;
    const status = async () => (await ask(live.portOf(80), "/api")).status;
    assert.equal(await status(), 503);
    const version = () =>
      live.plans.plan("local")?.get("cluster", "service/shop/api/443~tls-http1~policy/api")?.version;
    const before = version();
    assert.equal(typeof before, "string");
    live.put(authorityMap("trusted", known.certificate));
    await eventually(
      async () => (await status()) === 200,
      () => "the right authority was not taken",
    );
    assert.equal(version(), before);
    live.put(authorityMap("trusted", ""));
    await eventually(
      async () => (await status()) === 500,
      () => "requests went on without an authority",
    );
    const reached = backend.seen.length;
    assert.equal(await status(), 500);
    assert.equal(backend.seen.length, reached);
  });

  it("shows the Gateway's certificate, and answers 500 while that one is missing", async (t) => {
    const [servers, clients] = [await peerAuthority("servers"), await peerAuthority("clients")];
    const identity = await clients.issue("client", { uri: ["spiffe://shop/edge"] });
    const backend = await tlsBackend(t, await servers.issue("server", { dns: ["api.test"] }), clients.certificate);
    const live = await cluster(t, [
      edge({ backend: { clientCertificateRef: { name: "identity" } } }),
      authorityMap("servers", servers.certificate),
      ...service("api", backend.port),
      policy("api", { caCertificateRefs: trusting("servers"), hostname: "api.test" }),
    ]);
    if (live === undefined) return;
    const status = async () => (await ask(live.portOf(80), "/api")).status;
    assert.equal(await status(), 500);
    live.put(tlsSecret("identity", identity));
    await eventually(
      async () => (await status()) === 200,
      () => "the certificate was not shown",
    );
    assert.equal(backend.seen.at(-1)?.client, identity.cert);
    live.put(edge());
    await eventually(
      async () => (await status()) === 503,
      () => "the backend let in a proxy without a certificate",
    );
  });
});

/** Who a client of the proxy is, and whom it takes the proxy for. */
interface Client {
  readonly host: string;
  readonly peer?: Peer;
}

async function askAs(port: number, trusted: PeerAuthority, { host, peer }: Client): Promise<number | "refused"> {
  const outgoing = request({
    host: "127.0.0.1",
    port,
    path: "/api",
    agent: false,
    servername: host,
    ca: trusted.certificate,
    headers: { host },
    ...peer,
  });
  outgoing.end();
  try {
    const [response] = await once(outgoing, "response");
    response.resume();
    return response.statusCode;
  } catch {
    return "refused";
  }
}

describe("client certificates on real Envoy", () => {
  it("lets in whom the port's authorities know, or everybody where that is allowed", async (t) => {
    const [servers, staff, partners] = [
      await peerAuthority("s"),
      await peerAuthority("staff"),
      await peerAuthority("p"),
    ];
    const backend = await tlsBackend(t, await servers.issue("server", { dns: ["api.test"] }));
    const certificateRefs = [{ name: "web" }];
    const https = (name: string, port: number) => ({ name, port, protocol: "HTTPS", tls: { certificateRefs } });
    const listeners = [https("staff", 443), https("partners", 8443)];
    const asking = (mode: string): Json => ({
      frontend: {
        default: { validation: { caCertificateRefs: trusting("staff") } },
        perPort: [{ port: 8443, tls: { validation: { mode, caCertificateRefs: trusting("partners") } } }],
      },
    });
    const live = await cluster(t, [
      edge(asking("AllowValidOnly"), listeners),
      tlsSecret("web", await servers.issue("server", { dns: ["web.test"] })),
      authorityMap("servers", servers.certificate),
      authorityMap("staff", staff.certificate),
      authorityMap("partners", partners.certificate),
      ...service("api", backend.port),
      policy("api", { caCertificateRefs: trusting("servers"), hostname: "api.test" }),
    ]);
    if (live === undefined) return;
    const people: Record<string, Client> = {
      staff: { host: "web.test", peer: await staff.issue("client", {}) },
      partner: { host: "web.test", peer: await partners.issue("client", {}) },
      nobody: { host: "web.test" },
    };
    const answers = async (port: number) => {
      const all: Record<string, number | "refused"> = {};
      for (const [name, client] of Object.entries(people)) all[name] = await askAs(live.portOf(port), servers, client);
      return all;
    };
    assert.deepEqual(await answers(443), { staff: 200, partner: "refused", nobody: "refused" });
    assert.deepEqual(await answers(8443), { staff: "refused", partner: 200, nobody: "refused" });

    live.put(edge(asking("AllowInsecureFallback"), listeners));
    const open = { staff: 200, partner: 200, nobody: 200 };
    await eventually(
      async () => JSON.stringify(await answers(8443)) === JSON.stringify(open),
      () => "not everybody is let in",
    );
    assert.deepEqual(await answers(443), { staff: 200, partner: "refused", nobody: "refused" });

    live.put(authorityMap("staff", partners.certificate));
    await eventually(
      async () =>
        JSON.stringify(await answers(443)) === JSON.stringify({ staff: "refused", partner: 200, nobody: "refused" }),
      () => "the port still knows the old authority",
    );
    live.put(authorityMap("staff", ""));
    await eventually(
      async () => Object.values(await answers(443)).every((answer) => answer === "refused"),
      () => "the port serves without anything to check clients by",
    );
  });
});
