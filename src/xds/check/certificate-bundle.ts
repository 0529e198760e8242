import { X509Certificate } from "node:crypto";

/** Whether a text is one or more certificates in PEM; Envoy refuses a cluster that is to trust anything else. */
export function isCertificateBundle(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
    return blocks.length > 0;
  } catch {
    return false;
  }
}
