import type { IssuedCertificate } from "../../identity/certificates.ts";
import type { JsonObject } from "../../model/source-object.ts";

/** Marks Secrets that Weir made from the development authority, and may therefore renew. */
export const developmentLabel = "weir.dev/development-certificate";

/** The Secret that holds a certificate, key included: show it only to whom it belongs. */
export function certificateSecret(namespace: string, name: string, issued: IssuedCertificate): JsonObject {
  const encode = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels: { [developmentLabel]: "true" } },
    type: "kubernetes.io/tls",
    data: { "tls.crt": encode(issued.certificate), "tls.key": encode(issued.privateKey.reveal()) },
  };
}
