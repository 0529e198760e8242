import type { Collection, Entry } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { Backend } from "../model/backend.ts";
import type { TlsCertificate } from "../model/gateway.ts";
import type { CertificatePlan, ClusterPlan, PlannedRule, PortPlan } from "./plan.ts";

/** That something is used by one class of proxies. */
interface Use {
  readonly key: string;
  readonly proxyClass: string;
}

/** The backends that planned rules use. However many rules use one, a further rule costs it nothing. */
export function planClusters(
  graph: Graph,
  rules: Collection<PlannedRule>,
  backends: Collection<Backend>,
): Collection<ClusterPlan> {
  const users = graph.group("compile.backend-users", rules, (rule) =>
    rule.backends.map((backend) => useKey(backend, rule.proxyClass)),
  );
  const uses = graph.derive<unknown, Use>("compile.backend-uses", users, (_, key) => [[key, useOf(key)]]);
  const byBackend = graph.group("compile.used-backends", uses, (use) => [use.key]);
  return graph.derive<readonly Entry<Use>[], ClusterPlan>("plan.clusters", byBackend, (list, key, context) => {
    const backend = context.get(backends, key);
    return backend === undefined ? [] : [[key, { backend, proxyClasses: classesOf(list) }]];
  });
}

/** The certificates that ports show and clusters present. */
export function planCertificates(
  graph: Graph,
  ports: Collection<PortPlan>,
  clusters: Collection<ClusterPlan>,
  certificates: Collection<TlsCertificate>,
): Collection<CertificatePlan> {
  const shown = graph.derive<PortPlan, Use>("compile.shown-certificates", ports, (port) => {
    const keys = new Set(port.chains.flatMap((chain) => chain.tls?.certificates ?? []));
    return [...keys].map((key) => [useKey(key, port.proxyClass), { key, proxyClass: port.proxyClass }]);
  });
  const presented = graph.derive<ClusterPlan, Use>("compile.presented-certificates", clusters, (cluster) => {
    const key = cluster.backend.tls?.clientCertificate;
    if (key === undefined) return [];
    return cluster.proxyClasses.map((proxyClass) => [useKey(key, proxyClass), { key, proxyClass }]);
  });
  const uses = graph.join("compile.certificate-uses", [shown, presented]);
  const byCertificate = graph.group("compile.used-certificates", uses, (use) => [use.key]);
  return graph.derive<readonly Entry<Use>[], CertificatePlan>(
    "plan.certificates",
    byCertificate,
    (list, key, context) => {
      const certificate = context.get(certificates, key);
      return certificate === undefined ? [] : [[key, { certificate, proxyClasses: classesOf(list) }]];
    },
  );
}

function useKey(key: string, proxyClass: string): string {
  return `${proxyClass}|${key}`;
}

function useOf(use: string): Use {
  const bar = use.indexOf("|");
  return { proxyClass: use.slice(0, bar), key: use.slice(bar + 1) };
}

function classesOf(list: readonly Entry<Use>[]): readonly string[] {
  return list.map((entry) => entry.value.proxyClass).sort();
}
