import type { Context } from "../../incremental/collection.ts";
import { textAt } from "../../model/json.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { isPermitted } from "../../references/grants.ts";
import { secretKind } from "../core/kinds.ts";
import type { CoreCollections } from "../dialect.ts";
import { gatewayGroup } from "./kinds.ts";

/** What a reference to a certificate leads to. */
export type CertificateReference =
  | { readonly kind: "certificate"; readonly key: string }
  | {
      readonly kind: "unusable";
      readonly code: "WR0203" | "WR0204" | "WR0205" | "WR0206";
      /** There may be a certificate, and nobody permitted its use. */
      readonly isForbidden: boolean;
      readonly message: string;
      readonly hint: string;
    };

/**
 * Follows a SecretObjectReference (Gateway API) to a certificate with its key.
 * @param object where the reference stands: the default namespace, and who needs the grant.
 * @param what the certificate is called at the beginning of a sentence.
 */
export function followCertificateReference(
  ref: Json | undefined,
  object: SourceObject,
  what: string,
  core: CoreCollections,
  context: Context,
): CertificateReference {
  const group = textAt(ref, "group") ?? "";
  const kind = textAt(ref, "kind") ?? "Secret";
  const namespace = textAt(ref, "namespace") ?? object.namespace;
  const name = textAt(ref, "name") ?? "";
  const key = `${namespace}/${name}`;
  const unusable = { kind: "unusable", isForbidden: false } as const;
  if (group !== "" || kind !== "Secret") {
    const message = `${what} cannot come from a ${kind}${group === "" ? "" : ` of ${group}`}.`;
    return { ...unusable, code: "WR0206", message, hint: "Refer to a Secret of type kubernetes.io/tls." };
  }
  const grants = namespace === object.namespace ? [] : context.group(core.grants, namespace);
  const from = { group: gatewayGroup, kind: object.kind, namespace: object.namespace };
  if (!isPermitted(grants, from, { ...secretKind, namespace, name })) {
    const message = `Secret ${key} is in another namespace, and no ReferenceGrant there permits ${object.kind}s of ${object.namespace} to use it.`;
    const hint = `Add a ReferenceGrant to namespace ${namespace}.`;
    return { ...unusable, code: "WR0205", isForbidden: true, message, hint };
  }
  if (context.get(core.certificates, key) !== undefined) return { kind: "certificate", key };
  const reason = context.get(core.brokenCertificates, key);
  if (reason === undefined) {
    const message = `Secret ${key} does not exist.`;
    return { ...unusable, code: "WR0203", message, hint: "Create it, or correct the name." };
  }
  const hint = "Put the certificate chain into tls.crt and its unencrypted key into tls.key.";
  return { ...unusable, code: "WR0204", message: `Secret ${key} ${reason}.`, hint };
}
