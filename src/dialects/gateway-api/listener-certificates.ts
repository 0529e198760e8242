import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";
import { followCertificateReference } from "./certificate-reference.ts";
import type { ListenerEntry } from "./gateway-entry.ts";

export interface ListenerCertificates {
  /** Keys of the usable ones, in the order written. */
  readonly usable: readonly string[];
  /** The first thing that is wrong, as the condition ResolvedRefs names it. */
  readonly problem?: { readonly reason: "InvalidCertificateRef" | "RefNotPermitted"; readonly message: string };
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the certificates of an HTTPS listener; whatever is wrong with one costs the listener that one only. */
export function findCertificates(
  object: SourceObject,
  listener: ListenerEntry,
  core: CoreCollections,
  context: Context,
): ListenerCertificates {
  const usable: string[] = [];
  const diagnostics: Diagnostic[] = [];
  let problem: ListenerCertificates["problem"];
  const path = ["spec", "listeners", listener.index, "tls", "certificateRefs"] as const;
  const refs = listAt(object.body, "spec", "listeners", listener.index, "tls", "certificateRefs");
  for (const [index, ref] of refs.entries()) {
    const found = followCertificateReference(ref, object, "A certificate", core, context);
    if (found.kind === "certificate") {
      if (!usable.includes(found.key)) usable.push(found.key);
      continue;
    }
    const { code, isForbidden, message, hint } = found;
    diagnostics.push(diagnose(code, origin(object, ...path, index), message, hint));
    problem ??= { reason: isForbidden ? "RefNotPermitted" : "InvalidCertificateRef", message };
  }
  if (refs.length === 0) {
    problem = { reason: "InvalidCertificateRef", message: "The listener names no certificate." };
    const hint = "Name a Secret of type kubernetes.io/tls in tls.certificateRefs.";
    const where = origin(object, "spec", "listeners", listener.index);
    diagnostics.push(diagnose("WR0203", where, `Listener ${listener.section} has no certificate.`, hint));
  }
  return problem === undefined ? { usable, diagnostics } : { usable, problem, diagnostics };
}
