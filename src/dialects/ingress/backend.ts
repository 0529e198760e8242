import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { DiagnosticCode } from "../../model/diagnostic-codes.ts";
import { numberAt, textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { RuleEnd } from "../../model/rule.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { protocolOf } from "../../references/app-protocol.ts";
import { serviceBackendKey } from "../../references/backend-key.ts";
import { describePorts, findServicePort } from "../../references/service-port.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";

/** What requests get whose backend cannot be found. */
export const unavailable: RuleEnd = { kind: "respond", status: 503 };

export interface IngressEnd {
  readonly end: RuleEnd;
  readonly diagnostic?: Diagnostic;
}

/** Where an IngressBackend leads. Missing services and ports answer 503, and so do backends that are no services. */
export function readBackend(
  object: SourceObject,
  backend: Json | undefined,
  path: FieldPath,
  core: CoreCollections,
  context: Context,
): IngressEnd {
  const fail = (code: DiagnosticCode, field: readonly string[], message: string, hint: string): IngressEnd => ({
    end: unavailable,
    diagnostic: diagnose(code, origin(object, ...path, ...field), `${message} Requests are answered 503.`, hint),
  });
  const service = valueAt(backend, "service");
  if (service === undefined) {
    const kind = textAt(backend, "resource", "kind") ?? "resource";
    return fail("WR0206", ["resource"], `A backend cannot be a ${kind}.`, "Use a Service.");
  }
  const key = `${object.namespace}/${textAt(service, "name") ?? ""}`;
  const port = numberAt(service, "port", "number") ?? textAt(service, "port", "name") ?? 0;
  const found = forwardTo(key, port, origin(object, ...path), core, context);
  switch (found.kind) {
    case "forward":
      return { end: found.end };
    case "missing-service":
      return fail("WR0201", ["service", "name"], `Service ${key} does not exist.`, "Create it, or correct its name.");
    case "missing-port": {
      const field = typeof port === "number" ? "number" : "name";
      const hint = `Its TCP ports: ${found.ports}.`;
      return fail("WR0202", ["service", "port", field], `Service ${key} has no TCP port ${port}.`, hint);
    }
    case "unsupported": {
      const message = `Service ${key}, port ${port}: ${found.reason}.`;
      return fail("WR0303", ["service", "port"], message, "Use another appProtocol.");
    }
  }
}

type ForwardTo =
  | { readonly kind: "forward"; readonly end: RuleEnd }
  | { readonly kind: "missing-service" }
  | { readonly kind: "missing-port"; readonly ports: string }
  | { readonly kind: "unsupported"; readonly reason: string };

/** Sends everything to one port of a service. */
export function forwardTo(
  key: string,
  portName: number | string,
  where: ReturnType<typeof origin>,
  core: CoreCollections,
  context: Context,
): ForwardTo {
  const service = context.get(core.services, key);
  if (service === undefined) return { kind: "missing-service" };
  const port = findServicePort(service, portName);
  if (port === undefined) return { kind: "missing-port", ports: describePorts(service) };
  const protocol = protocolOf(service, port, "http1");
  if (protocol.kind === "unsupported") return protocol;
  const [namespace = "", name = ""] = key.split("/");
  const backend = serviceBackendKey(namespace, name, port.port, protocol.variant, protocol.policy);
  const end: RuleEnd = {
    kind: "forward",
    backends: [{ weight: 1, target: { kind: "backend", backend }, steps: [], origin: where }],
    upgrades: protocol.variant === "h2c" || protocol.variant === "tls-h2" ? [] : ["websocket"],
  };
  return { kind: "forward", end };
}
