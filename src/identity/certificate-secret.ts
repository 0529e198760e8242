import type { JsonObject } from "../model/source-object.ts";
import type { IssuedCertificate } from "./certificates.ts";

/** Marks Secrets made from the development authority. */
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
