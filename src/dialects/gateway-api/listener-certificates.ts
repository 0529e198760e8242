import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, textAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import { isPermitted } from "../../references/grants.ts";
import { secretKind } from "../core/kinds.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";
import type { ListenerEntry } from "./gateway-entry.ts";
import { gatewayGroup } from "./kinds.ts";

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
  const report = (
    code: "WR0203" | "WR0204" | "WR0205" | "WR0206",
    index: number,
    reason: "InvalidCertificateRef" | "RefNotPermitted",
    message: string,
    hint: string,
  ) => {
    diagnostics.push(diagnose(code, origin(object, ...path, index), message, hint));
    problem ??= { reason, message };
  };
  refs.forEach((ref, index) => {
    const group = textAt(ref, "group") ?? "";
    const kind = textAt(ref, "kind") ?? "Secret";
    const namespace = textAt(ref, "namespace") ?? object.namespace;
    const name = textAt(ref, "name") ?? "";
    const key = `${namespace}/${name}`;
    if (group !== "" || kind !== "Secret") {
      const message = `A certificate cannot come from a ${kind}${group === "" ? "" : ` of ${group}`}.`;
      report("WR0206", index, "InvalidCertificateRef", message, "Refer to a Secret of type kubernetes.io/tls.");
      return;
    }
    const grants = namespace === object.namespace ? [] : context.group(core.grants, namespace);
    const from = { group: gatewayGroup, kind: object.kind, namespace: object.namespace };
    if (!isPermitted(grants, from, { ...secretKind, namespace, name })) {
      const message = `Secret ${key} is in another namespace, and no ReferenceGrant there permits ${object.kind}s of ${object.namespace} to use it.`;
      report("WR0205", index, "RefNotPermitted", message, `Add a ReferenceGrant to namespace ${namespace}.`);
      return;
    }
    if (context.get(core.certificates, key) !== undefined) {
      if (!usable.includes(key)) usable.push(key);
      return;
    }
    const reason = context.get(core.brokenCertificates, key);
    if (reason === undefined) {
      report(
        "WR0203",
        index,
        "InvalidCertificateRef",
        `Secret ${key} does not exist.`,
        "Create it, or correct the name.",
      );
    } else {
      const hint = "Put the certificate chain into tls.crt and its unencrypted key into tls.key.";
      report("WR0204", index, "InvalidCertificateRef", `Secret ${key} ${reason}.`, hint);
    }
  });
  if (refs.length === 0) {
    problem = { reason: "InvalidCertificateRef", message: "The listener names no certificate." };
    const hint = "Name a Secret of type kubernetes.io/tls in tls.certificateRefs.";
    const where = origin(object, "spec", "listeners", listener.index);
    diagnostics.push(diagnose("WR0203", where, `Listener ${listener.section} has no certificate.`, hint));
  }
  return problem === undefined ? { usable, diagnostics } : { usable, problem, diagnostics };
}
