import type {
  CertificatePlan,
  ChainPlan,
  ClusterPlan,
  PortPlan,
  StreamChainPlan,
  TrustBundlePlan,
} from "../compile/plan.ts";
import type { Endpoint, EndpointSet } from "../model/backend.ts";
import { count, some } from "./describe.ts";
import { type Fact, fact, minorFact } from "./facts.ts";
import { words } from "./write-value.ts";

export function portFacts({ chains, streams, edge, ...rest }: PortPlan): readonly Fact[] {
  return [
    fact("address", rest.address ?? "", rest.address ?? "all"),
    minorFact("bound port", rest.bindPort),
    fact("port", rest.clientPort),
    minorFact("client address", rest.clientAddress),
    ...Object.entries(edge).map(([option, value]) => minorFact(words(option), value)),
    ...chains.map((chain) => fact(chainName(chain), chain, describeChain(chain))),
    ...streams.map((stream) => fact(stream.name, streamIdentity(stream), describeStream(stream))),
  ];
}

/** What proxies do with it, wherever it was written. */
export function streamIdentity({ serverNames, tls, rule }: StreamChainPlan): unknown {
  return [serverNames, tls, (rule?.backends ?? []).map(({ weight, target }) => [weight, target])];
}

function describeStream({ serverNames, tls, rule }: StreamChainPlan): string {
  const what = serverNames.length === 0 ? "everything" : `TLS for ${serverNames.join(", ")}`;
  const ends = tls === undefined ? "as it comes" : `decrypted with ${tls.certificates.join(", ")}`;
  const targets = (rule?.backends ?? []).filter(({ weight }) => weight > 0);
  const to = targets.map(({ weight, target }) => `${target.kind === "close" ? "closed" : target.backend} (${weight})`);
  return to.length === 0 ? `${what}: closed` : `${what}, ${ends}: ${to.join(", ")}`;
}

function chainName({ serverNames, tls }: ChainPlan): string {
  if (serverNames.length > 0) return `TLS for ${serverNames.join(", ")}`;
  return tls === undefined ? "plain HTTP" : "TLS for all other names";
}

function describeChain({ tls, listeners }: ChainPlan): string {
  const parts = [`listeners ${listeners.join(", ")}`];
  if (tls !== undefined) {
    if (tls.mode === "passthrough") parts.push("TLS passed through");
    else parts.push(`certificates ${tls.certificates.join(", ")}`, `TLS ${tls.minimumVersion} and newer`);
    parts.push(`ALPN ${tls.alpn.join(", ")}`);
  }
  return parts.join("; ");
}

/** `endpoints` is undefined for backends that are found by name. */
export function clusterFacts(
  { backend, proxyClasses }: ClusterPlan,
  endpoints: EndpointSet | undefined,
): readonly Fact[] {
  const { location, tls } = backend;
  return [
    fact("protocol", backend.protocol),
    ...(location.kind === "dns"
      ? [fact("resolves", location, [location, ...(location.others ?? [])].map(describeAddress).join(", "))]
      : [minorFact("endpoint set", location.set)]),
    ...(endpoints === undefined ? [] : [fact("endpoints", endpoints.endpoints, describeEndpoints(endpoints))]),
    ...(tls === undefined ? [] : [fact("TLS to the backend", tls)]),
    minorFact("connect timeout", backend.connectTimeoutMs, `${backend.connectTimeoutMs} ms`),
    minorFact("classes of proxies", proxyClasses),
  ];
}

function describeAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function describeEndpoints({ endpoints }: EndpointSet): string {
  const write = ({ address, port, state }: Endpoint): string =>
    `${describeAddress({ host: address, port })}${state === "draining" ? " (draining)" : ""}`;
  return endpoints.length === 0 ? "none" : some(endpoints.map(write), 8);
}

export function trustBundleFacts({ bundle, proxyClasses }: TrustBundlePlan): readonly Fact[] {
  const number = bundle.certificates.split("-----BEGIN CERTIFICATE-----").length - 1;
  return [
    fact("authorities", bundle.certificates, count(number, "certificate")),
    minorFact("classes of proxies", proxyClasses),
  ];
}

export function certificateFacts({ certificate, proxyClasses }: CertificatePlan): readonly Fact[] {
  return [
    fact("valid until", certificate.notAfter ?? "", certificate.notAfter ?? "unknown"),
    minorFact("certificate", certificate.certificateChain, "(not shown)"),
    minorFact("private key", certificate.privateKey),
    minorFact("classes of proxies", proxyClasses),
  ];
}
