// The certificate library looks for this when it is loaded.
import "reflect-metadata";
import { createPrivateKey, KeyObject, webcrypto } from "node:crypto";
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createAuthority, type IssuedCertificate } from "../../src/identity/certificates.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const validity = { from: new Date("2026-01-01T00:00:00Z"), until: new Date("2046-01-01T00:00:00Z") };

export interface Peer {
  readonly cert: string;
  readonly key: string;
}

export interface PeerAuthority {
  readonly certificate: string;
  /** A certificate for one side of a connection, with DNS names and URIs. */
  issue(
    side: "server" | "client",
    names: { readonly dns?: readonly string[]; readonly uri?: readonly string[] },
  ): Promise<Peer>;
}

export async function peerAuthority(name: string): Promise<PeerAuthority> {
  const authority = await createAuthority(name, validity);
  return { certificate: authority.certificate, issue: (side, names) => issue(authority, side, names) };
}

async function issue(
  authority: IssuedCertificate,
  side: "server" | "client",
  { dns = [], uri = [] }: { readonly dns?: readonly string[]; readonly uri?: readonly string[] },
): Promise<Peer> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signingKey = createPrivateKey(authority.privateKey.reveal()).toCryptoKey(algorithm, false, ["sign"]);
  const names = [
    ...dns.map((value) => ({ type: "dns" as const, value })),
    ...uri.map((value) => ({ type: "url" as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "01",
    subject: [{ CN: [side] }],
    issuer: new X509Certificate(authority.certificate).subjectName,
    notBefore: validity.from,
    notAfter: validity.until,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new ExtendedKeyUsageExtension([side === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
    ],
  });
  const key = String(KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }));
  return { cert: `${certificate.toString("pem")}\n`, key };
}
