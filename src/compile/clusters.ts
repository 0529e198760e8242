import type { Collection, Entry, Group } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { Backend } from "../model/backend.ts";
import type { GatewayClientCertificate, TlsCertificate } from "../model/gateway.ts";
import type { TrustBundle } from "../model/trust-bundle.ts";
import { readPresentedBackendKey } from "../references/backend-key.ts";
import type { CertificatePlan, ClusterPlan, PlannedRule, PortPlan, TrustBundlePlan } from "./plan.ts";

/** That something is used by one class of proxies. */
interface Use {
  readonly key: string;
  readonly proxyClass: string;
}

/**
 * The backends that planned rules use. However many rules use one, a further rule costs it nothing. A key may name a backend as one gateway with a
 * certificate of its own reaches it (`presentedBackendKey`): that is a cluster of its own.
 */
export function planClusters(
  graph: Graph,
  rules: Collection<PlannedRule>,
  ports: Collection<PortPlan>,
  backends: Collection<Backend>,
  clientCertificates: Collection<GatewayClientCertificate>,
): Collection<ClusterPlan> {
  const users = graph.group("compile.backend-users", rules, (rule) =>
    rule.backends.map((backend) => useKey(backend, rule.proxyClass)),
  );
  const streamUsers = graph.group("compile.stream-backend-users", ports, ({ proxyClass, streams }) =>
    streams.flatMap(({ backends: keys = [] }) => keys.map((backend) => useKey(backend, proxyClass))),
  );
  const uses = graph.join<Use>("compile.all-backend-uses", [
    graph.derive<unknown, Use>("compile.backend-uses", users, (_, key) => [[key, useOf(key)]]),
    graph.derive<unknown, Use>("compile.stream-backend-uses", streamUsers, (_, key) => [[key, useOf(key)]]),
  ]);
  const byBackend = graph.group("compile.used-backends", uses, (use) => [use.key]);
  return graph.derive<readonly Entry<Use>[], ClusterPlan>("plan.clusters", byBackend, (list, key, context) => {
    const presented = readPresentedBackendKey(key);
    const backend = context.get(backends, presented?.backend ?? key);
    if (backend === undefined) return [];
    const proxyClasses = classesOf(list);
    if (presented === undefined) return [[key, { backend, proxyClasses }]];
    const shown = context.get(clientCertificates, presented.gateway);
    if (backend.tls === undefined || shown?.kind !== "certificate") return [];
    return [
      [key, { backend: { ...backend, key, tls: { ...backend.tls, clientCertificate: shown.key } }, proxyClasses }],
    ];
  });
}

/** The certificates that ports show and clusters present. */
export function planCertificates(
  graph: Graph,
  ports: Collection<PortPlan>,
  clusters: Collection<ClusterPlan>,
  certificates: Collection<TlsCertificate>,
): Collection<CertificatePlan> {
  const byCertificate = groupUses(
    graph,
    "certificates",
    ports,
    (port) => [...port.chains, ...port.streams].flatMap((chain) => chain.tls?.certificates ?? []),
    clusters,
    (cluster) => cluster.backend.tls?.clientCertificate,
  );
  return graph.derive<readonly Entry<Use>[], CertificatePlan>(
    "plan.certificates",
    byCertificate,
    (list, key, context) => {
      const certificate = context.get(certificates, key);
      return certificate === undefined ? [] : [[key, { certificate, proxyClasses: classesOf(list) }]];
    },
  );
}

/** The authorities that ports verify clients by, and clusters backends. */
export function planTrustBundles(
  graph: Graph,
  ports: Collection<PortPlan>,
  clusters: Collection<ClusterPlan>,
  bundles: Collection<TrustBundle>,
): Collection<TrustBundlePlan> {
  const byBundle = groupUses(
    graph,
    "trust-bundles",
    ports,
    (port) => port.chains.flatMap((chain) => chain.tls?.clientValidation?.bundle ?? []),
    clusters,
    ({ backend: { tls } }) => (tls?.trust.kind === "bundle" ? tls.trust.bundle : undefined),
  );
  return graph.derive<readonly Entry<Use>[], TrustBundlePlan>("plan.trust-bundles", byBundle, (list, key, context) => {
    const bundle = context.get(bundles, key);
    return bundle === undefined ? [] : [[key, { bundle, proxyClasses: classesOf(list) }]];
  });
}

/** What ports and clusters refer to by key, with the classes of proxies that do. */
function groupUses(
  graph: Graph,
  what: string,
  ports: Collection<PortPlan>,
  keysOfPort: (port: PortPlan) => readonly string[],
  clusters: Collection<ClusterPlan>,
  keyOfCluster: (cluster: ClusterPlan) => string | undefined,
): Group<Use> {
  const ofPorts = graph.derive<PortPlan, Use>(`compile.${what}-of-ports`, ports, (port) =>
    [...new Set(keysOfPort(port))].map((key) => [useKey(key, port.proxyClass), { key, proxyClass: port.proxyClass }]),
  );
  const ofClusters = graph.derive<ClusterPlan, Use & { readonly cluster: string }>(
    `compile.${what}-of-clusters`,
    clusters,
    (cluster, clusterKey) => {
      const key = keyOfCluster(cluster);
      if (key === undefined) return [];
      return cluster.proxyClasses.map((proxyClass) => [
        `${useKey(key, proxyClass)}|${clusterKey}`,
        { key, proxyClass, cluster: clusterKey },
      ]);
    },
  );
  return graph.group(`compile.used-${what}`, graph.join<Use>(`compile.${what}-uses`, [ofPorts, ofClusters]), (use) => [
    use.key,
  ]);
}

function useKey(key: string, proxyClass: string): string {
  return `${proxyClass}|${key}`;
}

function useOf(use: string): Use {
  const bar = use.indexOf("|");
  return { proxyClass: use.slice(0, bar), key: use.slice(bar + 1) };
}

function classesOf(list: readonly Entry<Use>[]): readonly string[] {
  return [...new Set(list.map((entry) => entry.value.proxyClass))].sort();
}
