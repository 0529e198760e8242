import type { Context } from "../../incremental/collection.ts";
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
import { gatewayGroup, type RouteKind } from "./kinds.ts";

export type UnresolvedReason = "InvalidKind" | "RefNotPermitted" | "BackendNotFound" | "UnsupportedProtocol";

export type ResolvedBackend =
  | { readonly kind: "backend"; readonly key: string; readonly websocket: boolean }
  | { readonly kind: "unresolved"; readonly reason: UnresolvedReason; readonly diagnostic: Diagnostic };

/** Where a backendRef of a route leads (BackendObjectReference, Gateway API v1.6), or why it leads nowhere. */
export function resolveBackend(
  object: SourceObject,
  kind: RouteKind,
  ref: Json,
  path: FieldPath,
  core: CoreCollections,
  context: Context,
): ResolvedBackend {
  const fail = (
    reason: UnresolvedReason,
    code: DiagnosticCode,
    field: readonly string[],
    message: string,
    hint: string,
  ): ResolvedBackend => ({
    kind: "unresolved",
    reason,
    diagnostic: diagnose(code, origin(object, ...path, ...field), message, hint),
  });
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
  const port = findServicePort(service, number);
  if (port === undefined) {
    const hint = `Its TCP ports: ${describePorts(service)}.`;
    return fail("BackendNotFound", "WR0202", ["port"], `Service ${key} has no TCP port ${number}.`, hint);
  }
  const protocol = protocolOf(service, port, kind === "GRPCRoute" ? "h2c" : "http1");
  if (protocol.kind === "unsupported") {
    const message = `Service ${key}, port ${number}: ${protocol.reason}.`;
    return fail("UnsupportedProtocol", "WR0303", ["port"], message, "Use another appProtocol.");
  }
  const websocket = protocol.websocket && protocol.variant !== "h2c";
  return { kind: "backend", key: serviceBackendKey(namespace, name, port.port, protocol.variant), websocket };
}
