import type { CertificatePlan, PlanCollections, PortPlan } from "../../compile/plan.ts";
import type { Collection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import { encodeListener } from "../listeners/listener.ts";
import type { EncodeOptions } from "../options.ts";
import { encodeCertificate } from "../secrets/certificate.ts";
import { type Served, sameServed, serve } from "./served.ts";

export function encodeSecrets(graph: Graph, certificates: Collection<CertificatePlan>): Collection<Served> {
  return graph.derive<CertificatePlan, Served>(
    "xds.secrets",
    certificates,
    ({ certificate, proxyClasses }) => {
      const resource = encodeCertificate(certificate);
      return proxyClasses.map((proxyClass) => serve(proxyClass, resource));
    },
    sameServed,
  );
}

export interface ServedListeners {
  readonly served: Collection<Served>;
}

/** Listeners know of certificates only whether they are there: a renewed one changes no listener. */
export function encodeListeners(graph: Graph, plan: PlanCollections, options: EncodeOptions): ServedListeners {
  const present = graph.derive<CertificatePlan, true>(
    "xds.present-certificates",
    plan.certificates,
    ({ proxyClasses }, key) => proxyClasses.map((proxyClass) => [`${proxyClass}|${key}`, true]),
  );
  const served = graph.derive<PortPlan, Served>(
    "xds.listeners",
    plan.ports,
    (port, _, context) => {
      const exists = (certificate: string) => context.get(present, `${port.proxyClass}|${certificate}`) === true;
      const resource = encodeListener(port, options, exists);
      return resource === undefined ? [] : [serve(port.proxyClass, resource)];
    },
    sameServed,
  );
  return { served };
}
