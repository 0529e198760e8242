import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { DiagnosticCode } from "../../model/diagnostic-codes.ts";
import type { GatewayClientCertificate } from "../../model/gateway.ts";
import { textAt, valueAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import { isPermitted } from "../../references/grants.ts";
import { secretKind } from "../core/kinds.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";
import { gatewayKind } from "./kinds.ts";

/** The certificate that a Gateway shows to backends. */
export interface BackendCertificate {
  /** Undefined where the Gateway asks for none. */
  readonly certificate?: GatewayClientCertificate;
  /** What is wrong with the reference, as the Gateway's condition ResolvedRefs names it. */
  readonly problem?: {
    readonly reason: "InvalidClientCertificateRef" | "RefNotPermitted";
    readonly message: string;
  };
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads `spec.tls.backend.clientCertificateRef`. Backends that TLS is spoken to answer 500 where it cannot be used. */
export function readBackendCertificate(
  object: SourceObject,
  core: CoreCollections,
  context: Context,
): BackendCertificate {
  const path = ["spec", "tls", "backend", "clientCertificateRef"] as const;
  const ref = valueAt(object.body, ...path);
  if (ref === undefined) return { diagnostics: [] };
  const fail = (
    code: DiagnosticCode,
    reason: "InvalidClientCertificateRef" | "RefNotPermitted",
    message: string,
    hint: string,
  ): BackendCertificate => ({
    certificate: { kind: "unusable" },
    problem: { reason, message },
    diagnostics: [diagnose(code, origin(object, ...path), message, hint)],
  });
  const group = textAt(ref, "group") ?? "";
  const kind = textAt(ref, "kind") ?? "Secret";
  const namespace = textAt(ref, "namespace") ?? object.namespace;
  const name = textAt(ref, "name") ?? "";
  const key = `${namespace}/${name}`;
  if (group !== "" || kind !== "Secret") {
    const message = `A client certificate cannot come from a ${kind}${group === "" ? "" : ` of ${group}`}.`;
    return fail("WR0206", "InvalidClientCertificateRef", message, "Refer to a Secret of type kubernetes.io/tls.");
  }
  const grants = namespace === object.namespace ? [] : context.group(core.grants, namespace);
  const from = { ...gatewayKind, namespace: object.namespace };
  if (!isPermitted(grants, from, { ...secretKind, namespace, name })) {
    const message = `Secret ${key} is in another namespace, and no ReferenceGrant there permits Gateways of ${object.namespace} to use it.`;
    return fail("WR0205", "RefNotPermitted", message, `Add a ReferenceGrant to namespace ${namespace}.`);
  }
  if (context.get(core.certificates, key) !== undefined) {
    return { certificate: { kind: "certificate", key }, diagnostics: [] };
  }
  const reason = context.get(core.brokenCertificates, key);
  if (reason === undefined) {
    const message = `Secret ${key} does not exist.`;
    return fail("WR0203", "InvalidClientCertificateRef", message, "Create it, or correct the name.");
  }
  const hint = "Put the certificate chain into tls.crt and its unencrypted key into tls.key.";
  return fail("WR0204", "InvalidClientCertificateRef", `Secret ${key} ${reason}.`, hint);
}
