import type { Collection, Context, Entry, Group } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { BackendTls, PortTls, Service, ServicePort } from "../../model/backend.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, textAt } from "../../model/json.ts";
import { type ObjectRef, refOf, type SourceObject } from "../../model/source-object.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import { origin } from "../origin.ts";
import { type Authority, authorityHint, findAuthority } from "./authorities.ts";

/** A BackendTLSPolicy (Gateway API v1.6) as ports of services see it, whichever dialect sends to them. */
export interface BackendTlsPolicy {
  /** `namespace/name`. */
  readonly key: string;
  readonly object: ObjectRef;
  readonly source: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly targets: readonly BackendTlsTarget[];
  /** Undefined where what is demanded cannot be met: nothing may be sent to its targets. */
  readonly tls?: BackendTls;
  readonly bundle?: TrustBundle;
  /** The first reference that does not resolve. */
  readonly unresolved?: { readonly reason: "InvalidCACertificateRef" | "InvalidKind"; readonly message: string };
  /** Why it cannot be followed at all. */
  readonly rejection?: { readonly reason: "NoValidCACertificate" | "Invalid"; readonly message: string };
  readonly diagnostics: readonly Diagnostic[];
}

export interface BackendTlsTarget {
  /** Place in `spec.targetRefs`. */
  readonly index: number;
  /** `<ns>/<name>`. */
  readonly service: string;
  /** Name of the port; empty for all ports that no policy names. */
  readonly section: string;
}

export interface BackendTlsCollections {
  /** By `<ns>/<name>`. */
  readonly policies: Collection<BackendTlsPolicy>;
  /** By `<ns>/<name>` of the service; the one that takes precedence first. */
  readonly byService: Group<BackendTlsPolicy>;
}

export function readBackendTlsPolicies(
  graph: Graph,
  objects: Collection<SourceObject>,
  refused: Collection<SourceObject> | undefined,
  authorities: Collection<Authority>,
): BackendTlsCollections {
  const admitted = graph.derive<SourceObject, BackendTlsPolicy>(
    "core/backend-tls-admitted",
    objects,
    (object, _key, context) => [[nameOf(object), readPolicy(object, authorities, context)]],
  );
  const invalid =
    refused === undefined
      ? []
      : [
          graph.derive<SourceObject, BackendTlsPolicy>("core/backend-tls-refused", refused, (object) => [
            [nameOf(object), refusedPolicy(object)],
          ]),
        ];
  const policies = graph.join("core/backend-tls-policies", [admitted, ...invalid]);
  const byService = graph.group(
    "core/backend-tls-by-service",
    policies,
    ({ targets }) => new Set(targets.map((target) => target.service)),
    comparePolicies,
  );
  return { policies, byService };
}

/** The oldest takes precedence, then the one whose `namespace/name` comes first (BackendTLSPolicySpec.targetRefs). */
function comparePolicies(a: BackendTlsPolicy, b: BackendTlsPolicy): number {
  return compareText(a.creationTimestamp, b.creationTimestamp) || compareText(a.key, b.key);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The service with what policies demand of each of its ports: one that names the port goes before one for the whole service. */
export function withTlsDemands(service: Service, policies: readonly Entry<BackendTlsPolicy>[]): Service {
  if (policies.length === 0) return service;
  const ports = service.ports.map((port): ServicePort => {
    const policy = governing(service.key, port.name, policies);
    return policy === undefined ? port : { ...port, tls: demandOf(policy) };
  });
  return { ...service, ports };
}

/** The policy that counts for a port of a service. */
export function governing(
  service: string,
  portName: string,
  policies: readonly Entry<BackendTlsPolicy>[],
): BackendTlsPolicy | undefined {
  return (portName === "" ? undefined : firstFor(service, portName, policies)) ?? firstFor(service, "", policies);
}

/** Of the policies with exactly this target the one that takes precedence. */
export function firstFor(
  service: string,
  section: string,
  policies: readonly Entry<BackendTlsPolicy>[],
): BackendTlsPolicy | undefined {
  const names = (target: BackendTlsTarget) => target.service === service && target.section === section;
  return policies.find(({ value }) => value.targets.some(names))?.value;
}

function demandOf({ key, object, tls, rejection }: BackendTlsPolicy): PortTls {
  if (tls !== undefined) return { kind: "policy", name: object.name };
  const why = rejection === undefined ? "" : ` (${rejection.message.replace(/\.$/, "")})`;
  return { kind: "unusable", reason: `BackendTLSPolicy ${key} asks for TLS to it and cannot be followed${why}` };
}

function readPolicy(object: SourceObject, authorities: Collection<Authority>, context: Context): BackendTlsPolicy {
  const base = identityOf(object);
  const refs = listAt(object.body, "spec", "validation", "caCertificateRefs");
  const wellKnown = textAt(object.body, "spec", "validation", "wellKnownCACertificates") ?? "";
  if (refs.length === 0) {
    if (wellKnown === "System") {
      return { ...base, tls: { ...validationOf(object), trust: { kind: "system" } }, diagnostics: [] };
    }
    const message = `The set of certificate authorities ${JSON.stringify(wellKnown)} is not known.`;
    const where = origin(object, "spec", "validation", "wellKnownCACertificates");
    const problem = diagnose("WR0402", where, message, "Use System, or name authorities in caCertificateRefs.");
    return { ...base, rejection: { reason: "Invalid", message }, diagnostics: [problem] };
  }
  const usable: string[] = [];
  const diagnostics: Diagnostic[] = [];
  let unresolved: BackendTlsPolicy["unresolved"];
  refs.forEach((ref, index) => {
    const found = findAuthority(authorities, context, ref, object.namespace);
    if ("certificates" in found) {
      usable.push(found.certificates);
      return;
    }
    const { problem } = found;
    const where = origin(object, "spec", "validation", "caCertificateRefs", index);
    const code = problem.kind === "unknown-kind" ? "WR0206" : problem.kind === "missing" ? "WR0210" : "WR0204";
    diagnostics.push(diagnose(code, where, problem.message, authorityHint(problem)));
    const reason = problem.kind === "unknown-kind" ? "InvalidKind" : "InvalidCACertificateRef";
    unresolved ??= { reason, message: problem.message };
  });
  const found = { ...base, diagnostics, ...(unresolved === undefined ? {} : { unresolved }) };
  if (usable.length === 0) {
    const message = unresolved?.message ?? "No certificate authority is usable.";
    return { ...found, rejection: { reason: "NoValidCACertificate", message } };
  }
  const bundle = {
    key: `trust/backendtlspolicy/${base.key}`,
    certificates: [...new Set(usable)].join(""),
    origin: origin(object, "spec", "validation", "caCertificateRefs"),
  };
  return { ...found, bundle, tls: { ...validationOf(object), trust: { kind: "bundle", bundle: bundle.key } } };
}

/** A policy that admission refused still says that plain text is not wanted. */
function refusedPolicy(object: SourceObject): BackendTlsPolicy {
  const rejection = { reason: "Invalid", message: "The policy is not valid." } as const;
  return { ...identityOf(object), rejection, diagnostics: [] };
}

function identityOf(object: SourceObject) {
  return {
    key: nameOf(object),
    object: refOf(object),
    source: object.source,
    generation: object.generation,
    creationTimestamp: object.creationTimestamp,
    targets: listAt(object.body, "spec", "targetRefs").flatMap((target, index) =>
      (textAt(target, "group") ?? "") === "" && textAt(target, "kind") === "Service"
        ? [
            {
              index,
              service: `${object.namespace}/${textAt(target, "name") ?? ""}`,
              section: textAt(target, "sectionName") ?? "",
            },
          ]
        : [],
    ),
  };
}

/** Where alternative names are given, `hostname` no longer counts for who the backend is (BackendTLSPolicyValidation.hostname). */
function validationOf(object: SourceObject): Omit<BackendTls, "trust"> {
  const names = listAt(object.body, "spec", "validation", "subjectAltNames").map((name) =>
    textAt(name, "type") === "URI"
      ? ({ kind: "uri", value: textAt(name, "uri") ?? "" } as const)
      : ({ kind: "dns", value: textAt(name, "hostname") ?? "" } as const),
  );
  return {
    serverName: textAt(object.body, "spec", "validation", "hostname") ?? "",
    subjectAltNames: names,
    policy: origin(object, "spec", "validation"),
  };
}

function nameOf(object: SourceObject): string {
  return `${object.namespace}/${object.name}`;
}
