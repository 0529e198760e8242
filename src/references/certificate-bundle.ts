import { X509Certificate } from "node:crypto";

/**
 * The certificates of a text in PEM, without what stands between them; undefined where there is none or one cannot be read: Envoy refuses whatever is
 * to trust anything else.
 */
export function readCertificateBundle(text: string): string | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
    return blocks.length === 0 ? undefined : `${blocks.join("\n")}\n`;
  } catch {
    return undefined;
  }
}
