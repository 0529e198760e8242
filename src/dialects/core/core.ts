import type { Collection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { Backend, Service } from "../../model/backend.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt, objectAt, textAt } from "../../model/json.ts";
import type { GroupKind, SourceObject } from "../../model/source-object.ts";
import type { CoreCollections } from "../dialect.ts";
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

export interface CoreInputs {
  readonly graph: Graph;
  readonly objects: (kind: GroupKind) => Collection<SourceObject>;
  /** Tells which certificates have expired; asked when a Secret appears or changes. */
  readonly now: () => Date;
}

/** What the core kinds mean, together with what they make themselves: the clusters that services can be. */
export interface CoreOutputs extends CoreCollections {
  readonly backends: Collection<Backend>;
  /** By `objectKey`. */
  readonly diagnostics: Collection<readonly Diagnostic[]>;
}

export const coreKinds: readonly GroupKind[] = [
  serviceKind,
  secretKind,
  configMapKind,
  namespaceKind,
  endpointSliceKind,
  referenceGrantKind,
  backendTlsPolicyKind,
];

/**
 * The core kinds, made once for all dialects. A change of one EndpointSlice runs its service's endpoint sets again and, unless slices hold host
 * names, nothing else.
 */
export function coreCollections({ graph, objects, now }: CoreInputs): CoreOutputs {
  const tlsDemands = graph.group("core/tls-demands", objects(backendTlsPolicyKind), (policy) =>
    listAt(policy.body, "spec", "targetRefs").flatMap((target) =>
      textAt(target, "kind") === "Service" ? [`${policy.namespace}/${textAt(target, "name") ?? ""}`] : [],
    ),
  );
  const services = graph.derive<SourceObject, Service>(
    "core/services",
    objects(serviceKind),
    (object, _key, context) => {
      const service = readService(object);
      const demand = context.group(tlsDemands, service.key)[0]?.value;
      if (demand === undefined) return [[service.key, service]];
      // Sending plain text to what asks for TLS would be worse than sending nothing.
      const unmetDemand = `BackendTLSPolicy ${demand.namespace}/${demand.name} asks for TLS to it, which is not supported yet`;
      return [[service.key, { ...service, unmetDemand }]];
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
      .filter((port) => port.protocol === "TCP")
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
      if (port.protocol !== "TCP") return [];
      const names = hasNames ? namedHostsOf(service, port, members) : undefined;
      return backendsOf(service, index, port, names).map((backend) => [backend.key, backend] as const);
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
  const diagnostics = graph.join("core/diagnostics", [
    graph.derive("core/slice-diagnostics", sliceObjects, (object, key) => some(key, diagnoseSlice(object))),
    graph.derive("core/secret-diagnostics", readings, ({ diagnostics }, key) => some(key, diagnostics)),
  ]);
  return {
    services,
    endpointSets,
    certificates,
    brokenCertificates,
    configMaps,
    namespaces,
    grants,
    backends,
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
