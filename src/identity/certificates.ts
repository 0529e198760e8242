// The certificate library looks for this when it is loaded.
import "reflect-metadata";
import { createHash, createPrivateKey, KeyObject, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { SecretText } from "../model/gateway.ts";

/** A certificate and its key, in PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: SecretText;
}

export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Clients with a slow clock must not find a fresh certificate "not yet valid". */
const clockSkewMs = 3_600_000;

/** A certificate authority that may sign leaves only. */
export async function createAuthority(name: string, validity: Validity): Promise<IssuedCertificate> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [name] }],
    issuer: [{ CN: [name] }],
    ...span(validity),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), privateKey: exportKey(keys.privateKey) };
}

/**
 * A server certificate for `names` (host names, also with a wildcard as first label, and IP addresses), signed by `issuer`.
 * The certificate stands first in the chain; the authority itself is not part of it. `organization` is its subject.
 */
export async function issueCertificate(
  issuer: IssuedCertificate,
  names: readonly string[],
  validity: Validity,
  organization = "Weir development certificate",
): Promise<IssuedCertificate> {
  const keys = await generateKeys();
  const authority = new X509Certificate(issuer.certificate);
  const signingKey = createPrivateKey(issuer.privateKey.reveal()).toCryptoKey(algorithm, false, ["sign"]);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      names.map((name) => ({ type: isIP(name) === 0 ? ("dns" as const) : ("ip" as const), value: name })),
      true,
    ),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(authority.publicKey),
  ];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ O: [organization] }],
    issuer: authority.subjectName,
    ...span(validity),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions,
  });
  return { certificate: pem(certificate), privateKey: exportKey(keys.privateKey) };
}

function span({ from, until }: Validity): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(from.getTime() - clockSkewMs), notAfter: until };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** Positive and of at most 20 octets (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

function exportKey(key: webcrypto.CryptoKey): SecretText {
  const text = String(KeyObject.from(key).export({ type: "pkcs8", format: "pem" }));
  return new SecretText(text, createHash("sha256").update(text).digest("hex"));
}
