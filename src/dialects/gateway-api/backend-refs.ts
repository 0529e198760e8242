import type { Context } from "../../incremental/collection.ts";
import type { Service } from "../../model/backend.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { DiagnosticCode } from "../../model/diagnostic-codes.ts";
import { numberAt, textAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { protocolOf } from "../../references/app-protocol.ts";
import { serviceBackendKey } from "../../references/backend-key.ts";
import { isPermitted } from "../../references/grants.ts";
import { describePorts, findServicePort } from "../../references/service-port.ts";
import { serviceKind } from "../core/kinds.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";
import { type AnyRouteKind, gatewayGroup, type RouteKind } from "./kinds.ts";

export type UnresolvedReason = "InvalidKind" | "RefNotPermitted" | "BackendNotFound" | "UnsupportedProtocol";

export type ResolvedBackend =
  | { readonly kind: "backend"; readonly key: string; readonly websocket: boolean }
  /** The reference is right, but a policy forbids to use the backend as things are. */
  | { readonly kind: "forbidden"; readonly diagnostic: Diagnostic }
  | { readonly kind: "unresolved"; readonly reason: UnresolvedReason; readonly diagnostic: Diagnostic };

type Unresolved = Extract<ResolvedBackend, { kind: "unresolved" }>;

/** The Service that a backendRef names, and the number of its port, which need not exist. */
export interface ReferredPort {
  readonly kind: "port";
  readonly service: Service;
  readonly number: number;
}

/** Where a backendRef of a route leads (BackendObjectReference, Gateway API v1.6), or why it leads nowhere. */
export function resolveBackend(
  object: SourceObject,
  kind: RouteKind,
  ref: Json,
  path: FieldPath,
  core: CoreCollections,
  context: Context,
): ResolvedBackend {
  const referred = resolveService(object, kind, ref, path, core, context);
  if (referred.kind === "unresolved") return referred;
  const { service, number } = referred;
  const fail = unresolvedAt(object, path);
  const port = findServicePort(service, number);
  if (port === undefined) {
    const hint = `Its TCP ports: ${describePorts(service)}.`;
    return fail("BackendNotFound", "WR0202", ["port"], `Service ${service.key} has no TCP port ${number}.`, hint);
  }
  const protocol = protocolOf(service, port, kind === "GRPCRoute" ? "h2c" : "http1");
  if (protocol.kind === "unsupported" && protocol.because === "policy") {
    const message = `Service ${service.key}, port ${number}: ${protocol.reason}; requests to it answer 500.`;
    const diagnostic = diagnose("WR0402", origin(object, ...path), message, "Correct the BackendTLSPolicy.");
    return { kind: "forbidden", diagnostic };
  }
  if (protocol.kind === "unsupported") {
    const message = `Service ${service.key}, port ${number}: ${protocol.reason}.`;
    return fail("UnsupportedProtocol", "WR0303", ["port"], message, "Use another appProtocol.");
  }
  const websocket = protocol.websocket && protocol.variant !== "h2c" && protocol.variant !== "tls-h2";
  const [namespace = "", name = ""] = service.key.split("/");
  const backend = serviceBackendKey(namespace, name, port.port, protocol.variant, protocol.policy);
  return { kind: "backend", key: backend, websocket };
}

/** The part that is the same for every kind of route: the kind of what is referred to, the grant, the Service, and that a port is named. */
export function resolveService(
  object: SourceObject,
  kind: AnyRouteKind,
  ref: Json,
  path: FieldPath,
  core: CoreCollections,
  context: Context,
): ReferredPort | Unresolved {
  const fail = unresolvedAt(object, path);
  const group = textAt(ref, "group") ?? "";
  const refKind = textAt(ref, "kind") ?? "Service";
  const namespace = textAt(ref, "namespace") ?? object.namespace;
  const name = textAt(ref, "name") ?? "";
  const key = `${namespace}/${name}`;
  if (group !== "" || refKind !== "Service") {
    const message = `A backend cannot be a ${refKind}${group === "" ? "" : ` of ${group}`}.`;
    return fail("InvalidKind", "WR0206", ["kind"], message, "Refer to a Service.");
  }
  const grants = namespace === object.namespace ? [] : context.group(core.grants, namespace);
  if (
    !isPermitted(
      grants,
      { group: gatewayGroup, kind, namespace: object.namespace },
      { ...serviceKind, namespace, name },
    )
  ) {
    const message = `Service ${key} is in another namespace, and no ReferenceGrant there permits ${kind}s of ${object.namespace} to use it.`;
    return fail("RefNotPermitted", "WR0205", ["namespace"], message, `Add a ReferenceGrant to namespace ${namespace}.`);
  }
  const service = context.get(core.services, key);
  if (service === undefined) {
    const hint = "Create the Service, or correct its name and namespace.";
    return fail("BackendNotFound", "WR0201", ["name"], `Service ${key} does not exist.`, hint);
  }
  const number = numberAt(ref, "port");
  if (number === undefined) {
    return fail("BackendNotFound", "WR0202", [], `The reference to Service ${key} names no port.`, "Set its port.");
  }
  return { kind: "port", service, number };
}

/** Makes what is said of a reference that does not resolve; `field` is within the reference. */
export function unresolvedAt(object: SourceObject, path: FieldPath) {
  return (
    reason: UnresolvedReason,
    code: DiagnosticCode,
    field: readonly string[],
    message: string,
    hint: string,
  ): Unresolved => ({
    kind: "unresolved",
    reason,
    diagnostic: diagnose(code, origin(object, ...path, ...field), message, hint),
  });
}
