import { type JsonObject, objectKey, type SourceObject } from "../model/source-object.ts";
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

/** The `objectKey` of the Secret `namespace/name`. */
export function secretKey(secret: string): string {
  const [namespace = "", name = ""] = secret.split("/");
  return objectKey({ group: "", kind: "Secret", namespace, name, scope: "" });
}

/** The Secret `namespace/name` with this certificate, as an object of a source. */
export function secretObject(secret: string, issued: IssuedCertificate, source: string): SourceObject {
  const [namespace = "", name = ""] = secret.split("/");
  return {
    apiVersion: "v1",
    kind: "Secret",
    namespace,
    name,
    scope: "",
    uid: `development/${secret}`,
    generation: 1,
    creationTimestamp: "",
    labels: { [developmentLabel]: "true" },
    annotations: {},
    body: certificateSecret(namespace, name, issued),
    source,
  };
}
