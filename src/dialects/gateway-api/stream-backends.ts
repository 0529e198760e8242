import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, numberAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json } from "../../model/source-object.ts";
import type { StreamBackend } from "../../model/stream-rule.ts";
import { serviceBackendKey } from "../../references/backend-key.ts";
import { describePorts } from "../../references/service-port.ts";
import { streamBackendKey } from "../../references/stream-backend.ts";
import { origin } from "../origin.ts";
import { resolveService, type UnresolvedReason, unresolvedAt } from "./backend-refs.ts";
import type { StreamRouteInputs } from "./stream-route.ts";

export interface StreamBackends {
  /** For connections that are passed on as they come. */
  readonly passed: readonly StreamBackend[];
  /** For connections whose TLS ends here: a BackendTLSPolicy has them encrypted again (TLSRouteRule.backendRefs, Gateway API v1.6). */
  readonly terminated: readonly StreamBackend[];
  readonly diagnostics: readonly Diagnostic[];
  /** The first reference that does not resolve, as the condition ResolvedRefs names it. */
  readonly unresolved?: { readonly reason: UnresolvedReason; readonly message: string };
}

type Targets = Pick<StreamBackend, "target"> & {
  readonly afterTls: StreamBackend["target"];
  readonly problem?: Diagnostic;
};

/**
 * Where the connections of a rule go. The share of a reference that leads nowhere is closed (TCPRouteRule.backendRefs, Gateway API v1.6).
 * @param afterTls whether some of them have their TLS ended at a listener.
 */
export function streamBackends(
  inputs: StreamRouteInputs,
  rule: Json,
  ruleIndex: number,
  afterTls: boolean,
): StreamBackends {
  const { object } = inputs;
  const passed: StreamBackend[] = [];
  const terminated: StreamBackend[] = [];
  const diagnostics: Diagnostic[] = [];
  let unresolved: StreamBackends["unresolved"];
  listAt(rule, "backendRefs").forEach((ref, index) => {
    const path = ["spec", "rules", ruleIndex, "backendRefs", index] as const;
    const base = { weight: numberAt(ref, "weight") ?? 1, origin: origin(object, ...path) };
    const found = targetsOf(inputs, ref, path);
    if ("reason" in found) {
      diagnostics.push(found.diagnostic);
      unresolved ??= { reason: found.reason, message: found.diagnostic.message };
      passed.push({ ...base, target: { kind: "close" } });
      terminated.push({ ...base, target: { kind: "close" } });
      return;
    }
    if (found.problem !== undefined && afterTls) diagnostics.push(found.problem);
    passed.push({ ...base, target: found.target });
    terminated.push({ ...base, target: found.afterTls });
  });
  if (passed.length > 0 && passed.every(({ weight }) => weight === 0)) {
    const message = "All weights are 0: every connection is closed.";
    const where = origin(object, "spec", "rules", ruleIndex);
    diagnostics.push(diagnose("WR0309", where, message, "Give a backend a weight above 0."));
  }
  return { passed, terminated, diagnostics, ...(unresolved === undefined ? {} : { unresolved }) };
}

function targetsOf(
  { object, kind, core, context }: StreamRouteInputs,
  ref: Json,
  path: FieldPath,
): Targets | { readonly reason: UnresolvedReason; readonly diagnostic: Diagnostic } {
  const referred = resolveService(object, kind, ref, path, core, context);
  if (referred.kind === "unresolved") return referred;
  const { service, number } = referred;
  const protocol = kind === "UDPRoute" ? "UDP" : "TCP";
  const port = service.ports.find((candidate) => candidate.protocol === protocol && candidate.port === number);
  const fail = unresolvedAt(object, path);
  if (port === undefined) {
    const hint = `Its ${protocol} ports: ${describePorts(service, protocol)}.`;
    const message = `Service ${service.key} has no ${protocol} port ${number}.`;
    return fail("BackendNotFound", "WR0202", ["port"], message, hint);
  }
  const [namespace = "", name = ""] = service.key.split("/");
  const transport = protocol === "UDP" ? "udp" : "tcp";
  const target = { kind: "backend", backend: streamBackendKey(namespace, name, number, transport) } as const;
  if (kind !== "TLSRoute" || port.tls === undefined) return { target, afterTls: target };
  if (port.tls.kind === "policy") {
    const backend = serviceBackendKey(namespace, name, number, "tls-http1", port.tls.name);
    return { target, afterTls: { kind: "backend", backend } };
  }
  const message = `Service ${service.key}, port ${number}: ${port.tls.reason}; connections whose TLS ends at the gateway are closed.`;
  const problem = diagnose("WR0402", origin(object, ...path), message, "Correct the BackendTLSPolicy.");
  return { target, afterTls: { kind: "close" }, problem };
}
