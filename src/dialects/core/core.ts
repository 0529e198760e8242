import type { Collection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { Backend, Service } from "../../model/backend.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { objectAt } from "../../model/json.ts";
import { type GroupKind, objectKey, type SourceObject } from "../../model/source-object.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import type { CoreCollections } from "../dialect.ts";
import { readAuthorities } from "./authorities.ts";
import { type BackendTlsPolicy, readBackendTlsPolicies, withTlsDemands } from "./backend-tls.ts";
import { backendsOf } from "./backends.ts";
import { diagnoseCertificate, readCertificate } from "./certificates.ts";
import { endpointSetOf, namedHostsOf } from "./endpoint-sets.ts";
import { diagnoseSlice, readSlice } from "./endpoint-slices.ts";
import { readGrants } from "./grants.ts";
import {
  backendTlsPolicyKind,
  configMapKind,
  endpointSliceKind,
  namespaceKind,
  referenceGrantKind,
  secretKind,
  serviceKind,
} from "./kinds.ts";
import { readService } from "./services.ts";
import { streamBackendOf } from "./stream-backends.ts";

export interface CoreInputs {
  readonly graph: Graph;
  readonly objects: (kind: GroupKind) => Collection<SourceObject>;
  /** Objects that admission refused: a policy with a mistake in it must not leave its targets open. */
  readonly refused?: (kind: GroupKind) => Collection<SourceObject>;
  /** Tells which certificates have expired; asked when a Secret appears or changes. */
  readonly now: () => Date;
}

/** What the core kinds mean, together with what they make themselves: the clusters that services can be. */
export interface CoreOutputs extends CoreCollections {
  readonly backends: Collection<Backend>;
  readonly trustBundles: Collection<TrustBundle>;
  /** By `objectKey`. */
  readonly diagnostics: Collection<readonly Diagnostic[]>;
}

/**
 * The core kinds, made once for all dialects. A change of one EndpointSlice runs its service's endpoint sets again and, unless slices hold host
 * names, nothing else.
 */
export function coreCollections({ graph, objects, refused, now }: CoreInputs): CoreOutputs {
  const authorities = readAuthorities(graph, objects(configMapKind), objects(secretKind));
  const tls = readBackendTlsPolicies(
    graph,
    objects(backendTlsPolicyKind),
    refused?.(backendTlsPolicyKind),
    authorities,
  );
  const services = graph.derive<SourceObject, Service>(
    "core/services",
    objects(serviceKind),
    (object, _key, context) => {
      const service = readService(object);
      return [[service.key, withTlsDemands(service, context.group(tls.byService, service.key))]];
    },
  );
  const sliceObjects = objects(endpointSliceKind);
  const slices = graph.derive("core/slices", sliceObjects, (object, key) => [[key, readSlice(object)]]);
  const slicesByService = graph.group("core/slices-by-service", slices, (slice) =>
    slice.service === "" ? [] : [slice.service],
  );
  const endpointSets = graph.derive("core/endpoint-sets", services, (service, key, context) => {
    if (service.kind === "external-name") return [];
    const members = context.group(slicesByService, key).map((entry) => entry.value);
    return service.ports
      .filter((port) => port.protocol !== "SCTP")
      .map((port) => {
        const set = endpointSetOf(service, port, members);
        return [set.key, set] as const;
      });
  });
  const namedSlices = graph.group("core/named-slices", slices, (slice) =>
    slice.service !== "" && slice.addressType === "FQDN" ? [slice.service] : [],
  );
  const backends = graph.derive("core/backends", services, (service, key, context) => {
    const hasNames = context.group(namedSlices, key).length > 0;
    const members = hasNames ? context.group(slicesByService, key).map((entry) => entry.value) : [];
    return service.ports.flatMap((port, index) => {
      if (port.protocol === "SCTP") return [];
      const names = hasNames ? namedHostsOf(service, port, members) : undefined;
      const namespace = service.key.slice(0, service.key.indexOf("/"));
      const policy = port.tls?.kind === "policy" ? `${namespace}/${port.tls.name}` : undefined;
      const demanded = policy === undefined ? undefined : context.get(tls.policies, policy)?.tls;
      const stream = streamBackendOf(service, index, port, names);
      const http = port.protocol === "TCP" ? backendsOf(service, index, port, names, demanded) : [];
      return [...http, stream].map((backend) => [backend.key, backend] as const);
    });
  });
  const readings = graph.derive("core/certificate-readings", objects(secretKind), (object, key) => {
    const reading = readCertificate(object);
    return [[key, { reading, diagnostics: diagnoseCertificate(object, reading, now()), name: nameOf(object) }]];
  });
  const certificates = graph.derive("core/certificates", readings, ({ reading, name }) =>
    reading.kind === "usable" ? [[name, reading.certificate]] : [],
  );
  const brokenCertificates = graph.derive("core/broken-certificates", readings, ({ reading, name }) =>
    reading.kind === "broken" ? [[name, reading.reason]] : [],
  );
  const configMaps = graph.derive("core/config-maps", objects(configMapKind), (object) => [
    [nameOf(object), textsOf(object, "data")],
  ]);
  const namespaces = graph.derive("core/namespaces", objects(namespaceKind), (object) => [
    [object.name, object.labels],
  ]);
  const grantList = graph.derive("core/grants", objects(referenceGrantKind), (object, key) =>
    readGrants(object).map((grant, index) => [`${key}#${index}`, grant] as const),
  );
  const grants = graph.group("core/grants-by-namespace", grantList, (grant) => [grant.namespace]);
  const trustBundles = graph.derive<BackendTlsPolicy, TrustBundle>("core/trust-bundles", tls.policies, ({ bundle }) =>
    bundle === undefined ? [] : [[bundle.key, bundle]],
  );
  const diagnostics = graph.join("core/diagnostics", [
    graph.derive("core/slice-diagnostics", sliceObjects, (object, key) => some(key, diagnoseSlice(object))),
    graph.derive("core/secret-diagnostics", readings, ({ diagnostics }, key) => some(key, diagnostics)),
    graph.derive("core/backend-tls-diagnostics", tls.policies, ({ object, diagnostics }) =>
      some(objectKey(object), diagnostics),
    ),
  ]);
  return {
    services,
    endpointSets,
    certificates,
    brokenCertificates,
    configMaps,
    namespaces,
    grants,
    authorities,
    backendTlsPolicies: tls.policies,
    backendTlsByService: tls.byService,
    backends,
    trustBundles,
    diagnostics,
  };
}

function nameOf(object: SourceObject): string {
  return `${object.namespace}/${object.name}`;
}

function some(key: string, diagnostics: readonly Diagnostic[]): [string, readonly Diagnostic[]][] {
  return diagnostics.length === 0 ? [] : [[key, diagnostics]];
}

function textsOf(object: SourceObject, field: string): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectAt(object.body, field))) {
    if (typeof value === "string") texts[name] = value;
  }
  return texts;
}
