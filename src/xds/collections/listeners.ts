import type { CertificatePlan, PlanCollections, PortPlan, TrustBundlePlan } from "../../compile/plan.ts";
import type { Collection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { EnvoyRelease } from "../envoy-release.ts";
import { encodeListener } from "../listeners/listener.ts";
import type { EncodeOptions } from "../options.ts";
import { encodeCertificate } from "../secrets/certificate.ts";
import { encodeTrustBundle } from "../secrets/trust-bundle.ts";
import { type Served, sameServed, serve } from "./served.ts";

export function encodeSecrets(
  graph: Graph,
  { certificates, trustBundles }: Pick<PlanCollections, "certificates" | "trustBundles">,
): Collection<Served> {
  const shown = graph.derive<CertificatePlan, Served>(
    "xds.secrets",
    certificates,
    ({ certificate, proxyClasses }) => {
      const resource = encodeCertificate(certificate);
      return proxyClasses.map((proxyClass) => serve(proxyClass, resource));
    },
    sameServed,
  );
  const trusted = graph.derive<TrustBundlePlan, Served>(
    "xds.trust-bundles",
    trustBundles,
    ({ bundle, proxyClasses }) => {
      const resource = encodeTrustBundle(bundle);
      return proxyClasses.map((proxyClass) => serve(proxyClass, resource));
    },
    sameServed,
  );
  return graph.join("xds.all-secrets", [shown, trusted]);
}

export interface ServedListeners {
  readonly served: Collection<Served>;
}

/** Listeners know of certificates and authorities only whether they are there: renewed ones change no listener. */
export function encodeListeners(
  graph: Graph,
  plan: PlanCollections,
  options: EncodeOptions,
  releases: Collection<EnvoyRelease> | undefined,
): ServedListeners {
  const perClass = ({ proxyClasses }: CertificatePlan | TrustBundlePlan, key: string) =>
    proxyClasses.map((proxyClass): [string, true] => [`${proxyClass}|${key}`, true]);
  const present = graph.join<true>("xds.present-secrets", [
    graph.derive<CertificatePlan, true>("xds.present-certificates", plan.certificates, perClass),
    graph.derive<TrustBundlePlan, true>("xds.present-trust-bundles", plan.trustBundles, perClass),
  ]);
  const served = graph.derive<PortPlan, Served>(
    "xds.listeners",
    plan.ports,
    (port, _, context) => {
      const exists = (secret: string) => context.get(present, `${port.proxyClass}|${secret}`) === true;
      const other = releases === undefined ? undefined : context.get(releases, port.proxyClass);
      const forClass = other === undefined ? options : { ...options, envoyRelease: other };
      const resource = encodeListener(port, forClass, exists);
      return resource === undefined ? [] : [serve(port.proxyClass, resource)];
    },
    sameServed,
  );
  return { served };
}
