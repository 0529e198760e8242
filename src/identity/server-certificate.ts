import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { IssuedCertificate } from "./certificates.ts";
import type { DevelopmentCa } from "./development-ca.ts";

const dayMs = 86_400_000;
const lifetimeMs = 90 * dayMs;
const renewBeforeMs = 30 * dayMs;

/** Whether a certificate can be made out for this name: a host name, possibly with a wildcard as first label, or an IP address. */
export function isCertificateName(name: string): boolean {
  if (isIP(name) !== 0) return true;
  const host = name.startsWith("*.") ? name.slice(2) : name;
  return host.length <= 253 && host.split(".").every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

/** A certificate of the development authority for these names, good for 90 days. Throws on names that are none: check first. */
export async function issueServerCertificate(
  ca: DevelopmentCa,
  names: readonly string[],
  now: Date,
): Promise<IssuedCertificate> {
  const wrong = names.find((name) => !isCertificateName(name));
  if (names.length === 0 || wrong !== undefined) throw new Error(`no certificate name: ${JSON.stringify(wrong)}`);
  const { issueCertificate } = await import("./certificates.ts");
  return issueCertificate(ca, names, { from: now, until: new Date(now.getTime() + lifetimeMs) });
}

/** Whether `certificate` comes from this authority, is for exactly these names and need not be renewed yet. */
export function isStillGood(certificate: string, ca: DevelopmentCa, names: readonly string[], now: Date): boolean {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    return false;
  }
  const authority = new X509Certificate(ca.certificate);
  if (!parsed.checkIssued(authority) || !parsed.verify(authority.publicKey)) return false;
  if (new Date(parsed.validTo).getTime() - now.getTime() < renewBeforeMs) return false;
  const own = (parsed.subjectAltName ?? "").split(", ").map((entry) => entry.replace(/^(DNS|IP Address):/, ""));
  return own.toSorted().join() === names.toSorted().join();
}
