import fc from "fast-check";
import type { BackendTls } from "../../model/backend.ts";
import type { GatewayClientCertificate, Listener } from "../../model/gateway.ts";
import type { StreamRule } from "../../model/stream-rule.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import { intersectHosts } from "../../references/hostnames.ts";
import { certificateKeys, gatewayKeys, hostPatterns } from "./arbitrary.ts";
import { backend, httpsListener, listener, originOf, streamRule } from "./nodes.ts";
import type { Nodes } from "./world.ts";

/** TLS on both sides and what nobody reads: to be put beside the nodes of `arbitrary.ts`. */
export interface StreamsSeed {
  readonly listeners: readonly Listener[];
  readonly rules: readonly StreamSeed[];
  readonly bundles: readonly string[];
  /** Those that ask clients for certificates, also on ports where others do not. */
  readonly demanding: readonly Listener[];
}

const bundleKeys = ["trust/gateway/infra/old", "trust/backendtlspolicy/shop/cart"] as const;
const [clients, servers] = bundleKeys;
const streamBackends = [
  "service/shop/web/80~tcp",
  "service/shop/cart/80~tls-http1",
  "service/shop/gone/80~tcp",
] as const;
const [plain, encrypted] = streamBackends;

const tlsToBackend: BackendTls = {
  serverName: "cart.test",
  trust: { kind: "bundle", bundle: servers },
  subjectAltNames: [],
};

/** Listeners for what nobody reads, some of them on the port that HTTPS has. */
const streamListenerArb: fc.Arbitrary<Listener> = fc
  .record({
    gateway: fc.constantFrom(...gatewayKeys),
    section: fc.constantFrom("s0", "s1", "s2", "s3"),
    hostname: fc.constantFrom(...hostPatterns),
    port: fc.constantFrom(443, 8443),
    protocol: fc.constantFrom("tls", "tls", "tls", "tcp", "udp"),
    terminates: fc.constantFrom(...certificateKeys, undefined),
  })
  .map(({ gateway: of, section, hostname, port, protocol, terminates }) => {
    if (protocol !== "tls") return listener(`${of}/${section}`, protocol === "tcp" ? 5432 : 5353, "*", { protocol });
    const certificates = terminates === undefined ? [] : [terminates];
    const mode = terminates === undefined ? "passthrough" : "terminate";
    const tls = { mode, certificates, minimumVersion: "1.2", alpn: [] } as const;
    return listener(`${of}/${section}`, port, hostname, { protocol, tls });
  });

interface StreamSeed {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly timestamp: string;
  readonly to: Readonly<Record<string, number>>;
}

const streamRuleArb: fc.Arbitrary<StreamSeed> = fc.record({
  name: fc.constantFrom("t0", "t1", "t2", "t3"),
  hosts: fc.uniqueArray(fc.constantFrom(...hostPatterns), { minLength: 1, maxLength: 3 }),
  timestamp: fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
  to: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...streamBackends, "close"), fc.constantFrom(0, 1, 3)), {
      minLength: 1,
      maxLength: 2,
      selector: ([key]) => key,
    })
    .map((weights) => Object.fromEntries(weights)),
});

/** To every listener for streams that has a host in common with it. */
function attachStream({ hosts, name, timestamp, to }: StreamSeed, listeners: readonly Listener[]): StreamRule {
  const on = listeners
    .map((one) => ({
      listener: one.key,
      hosts: [...new Set(hosts.flatMap((host) => intersectHosts(one.hostname, host) ?? []))],
    }))
    .filter((attachment) => attachment.hosts.length > 0);
  return streamRule({ key: `tlsroute/shop/${name}/0`, on, to, timestamp });
}

/** On the port of HTTPS, and on one of its own. */
const demandingListenerArb: fc.Arbitrary<Listener> = fc
  .record({
    gateway: fc.constantFrom(...gatewayKeys),
    section: fc.constantFrom("d0", "d1"),
    hostname: fc.constantFrom(...hostPatterns),
    port: fc.constantFrom(443, 8444),
    mode: fc.constantFrom("required", "optional"),
  })
  .map(({ gateway, section, hostname, port, mode }) =>
    httpsListener(`${gateway}/${section}`, port, hostname, [certificateKeys[0]], {
      tls: {
        mode: "terminate",
        certificates: [certificateKeys[0]],
        minimumVersion: "1.2",
        alpn: ["h2", "http/1.1"],
        clientValidation: { bundle: clients, mode },
      },
    }),
  );

export const streamsSeedArb: fc.Arbitrary<StreamsSeed> = fc.record({
  listeners: fc.uniqueArray(streamListenerArb, { selector: (one) => one.key, maxLength: 4 }),
  rules: fc.uniqueArray(streamRuleArb, { selector: (one) => one.name, maxLength: 4 }),
  bundles: fc.subarray([...bundleKeys]),
  demanding: fc.uniqueArray(demandingListenerArb, { selector: (one) => one.key, maxLength: 2 }),
});

export const clientCertificateArb: fc.Arbitrary<GatewayClientCertificate | undefined> = fc.constantFrom<
  (GatewayClientCertificate | undefined)[]
>(undefined, { kind: "unusable" }, ...certificateKeys.map((key) => ({ kind: "certificate", key }) as const));

export function streamNodesOf({ listeners, rules, bundles, demanding }: StreamsSeed): Nodes {
  return {
    listeners: [...listeners, ...demanding],
    streamRules: rules.map((seed) => attachStream(seed, listeners)),
    backends: [backend(plain), backend(encrypted, { protocol: "tls-http1", tls: tlsToBackend })],
    trustBundles: bundles.map(
      (key): TrustBundle => ({ key, certificates: `authorities of ${key}`, origin: originOf("ConfigMap", "shop/ca") }),
    ),
  };
}
