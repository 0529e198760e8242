import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { GatewayClientCertificate } from "../../model/gateway.ts";
import { valueAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";
import { followCertificateReference } from "./certificate-reference.ts";

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
  const found = followCertificateReference(ref, object, "A client certificate", core, context);
  if (found.kind === "certificate") return { certificate: found, diagnostics: [] };
  const { code, isForbidden, message, hint } = found;
  return {
    certificate: { kind: "unusable" },
    problem: { reason: isForbidden ? "RefNotPermitted" : "InvalidClientCertificateRef", message },
    diagnostics: [diagnose(code, origin(object, ...path), message, hint)],
  };
}
