import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { SecretText } from "../model/gateway.ts";
import { textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import type { TlsOptions } from "../serve/listen.ts";
import type { IssuedCertificate } from "./certificates.ts";
import type { XdsCertificates } from "./xds-certificates.ts";
import { trustBundle } from "./xds-certificates.ts";

/**
 * The Secret that the leader writes and every replica reads. `tls.crt` and `tls.key` are those of the server; `ca.crt` and `ca.key` hold the
 * authorities one after the other, in the same order.
 */
export function xdsSecret(namespace: string, name: string, certificates: XdsCertificates): JsonObject {
  const { authorities, server } = certificates;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels: { "app.kubernetes.io/managed-by": "weir" } },
    type: "kubernetes.io/tls",
    data: {
      "tls.crt": encode(server.certificate),
      "tls.key": encode(server.privateKey.reveal()),
      "ca.crt": encode(trustBundle(certificates)),
      "ca.key": encode(authorities.map(({ privateKey }) => privateKey.reveal()).join("")),
    },
  };
}

/** What a Secret made by `xdsSecret` holds; undefined where it is damaged, or made by somebody else: it is then made anew. */
export function readXdsSecret(secret: Json | undefined): XdsCertificates | undefined {
  const text = (key: string): string => Buffer.from(textAt(secret, "data", key) ?? "", "base64").toString("utf8");
  const [server] = pairs(text("tls.crt"), text("tls.key")) ?? [];
  const authorities = pairs(text("ca.crt"), text("ca.key"));
  return server === undefined || authorities === undefined ? undefined : { authorities, server };
}

/** What the xDS server is started with, and renewed with (`XdsServer.renewTls`). */
export function xdsTls({ server }: XdsCertificates): TlsOptions {
  return { certificate: server.certificate, key: server.privateKey.reveal() };
}

/** Undefined unless each certificate has its key. */
function pairs(certificates: string, keys: string): readonly IssuedCertificate[] | undefined {
  const certificateBlocks = blocks(certificates);
  const keyBlocks = blocks(keys);
  if (certificateBlocks.length === 0 || certificateBlocks.length !== keyBlocks.length) return undefined;
  const found: IssuedCertificate[] = [];
  for (const [index, certificate] of certificateBlocks.entries()) {
    const key = keyBlocks[index] ?? "";
    if (!belongTogether(certificate, key)) return undefined;
    found.push({ certificate, privateKey: new SecretText(key, createHash("sha256").update(key).digest("hex")) });
  }
  return found;
}

function belongTogether(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    // Not what its label says.
    return false;
  }
}

function blocks(pem: string): readonly string[] {
  return [...pem.matchAll(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----\n?/g)].map(([block]) => block);
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}
