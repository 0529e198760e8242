// The certificate library looks for this when it is loaded.
import "reflect-metadata";
import { createPrivateKey, generateKeyPairSync, KeyObject, randomBytes, webcrypto } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createAuthority, type IssuedCertificate, type Validity } from "../../src/identity/certificates.ts";
import { addresses, nodeName } from "./places.ts";

interface Leaf {
  readonly file: string;
  readonly subject: JsonName;
  /** A server's; without them the certificate is a client's. */
  readonly hostNames?: readonly string[];
  readonly hostAddresses?: readonly string[];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const administrators = { O: ["system:masters"] };

/** Subjects carry what Kubernetes knows a client by: CN is the user, O the group. */
const leaves: readonly Leaf[] = [
  {
    file: "apiserver",
    subject: [{ CN: ["kube-apiserver"] }],
    hostNames: [
      "localhost",
      ...["", ".default", ".default.svc", ".default.svc.cluster.local"].map((end) => `kubernetes${end}`),
    ],
    hostAddresses: [addresses.apiServerService, addresses.node, "127.0.0.1"],
  },
  { file: "kubelet", subject: [{ CN: [nodeName] }], hostNames: [nodeName], hostAddresses: [addresses.node] },
  { file: "apiserver-to-kubelet", subject: [administrators, { CN: ["kube-apiserver-kubelet-client"] }] },
  { file: "admin", subject: [administrators, { CN: ["admin"] }] },
  { file: "node", subject: [{ O: ["system:nodes"] }, { CN: [`system:node:${nodeName}`] }] },
  { file: "controller-manager", subject: [{ CN: ["system:kube-controller-manager"] }] },
  { file: "scheduler", subject: [{ CN: ["system:kube-scheduler"] }] },
  { file: "proxy", subject: [{ CN: ["system:kube-proxy"] }] },
];

export type ClientName = "admin" | "node" | "controller-manager" | "scheduler" | "proxy";

/** A cluster for tests does not outlive a year. */
const lifetimeMs = 365 * 86_400_000;

/** Writes the cluster's own authority (`ca.crt`), what it signed, and the key of service-account tokens into a folder. */
export async function writeCertificates(folder: string, now: Date): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const validity = { from: new Date(now.getTime() - 3_600_000), until: new Date(now.getTime() + lifetimeMs) };
  const authority = await createAuthority("weir test cluster", validity);
  await writeFile(join(folder, "ca.crt"), authority.certificate);
  await writeFile(join(folder, "ca.key"), authority.privateKey.reveal(), { mode: 0o600 });
  for (const leaf of leaves) await writeLeaf(folder, leaf, authority, validity);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  await writeFile(join(folder, "service-accounts.key"), key, { mode: 0o600 });
  await writeFile(join(folder, "service-accounts.pub"), publicKey.export({ type: "spki", format: "pem" }));
}

async function writeLeaf(
  folder: string,
  { file, subject, hostNames = [], hostAddresses = [] }: Leaf,
  issuer: IssuedCertificate,
  { from, until }: Validity,
): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const authority = new X509Certificate(issuer.certificate);
  const isServer = hostNames.length > 0;
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([isServer ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
    await AuthorityKeyIdentifierExtension.create(authority.publicKey),
  ];
  if (isServer) {
    const names = hostNames.map((value) => ({ type: "dns" as const, value }));
    const ips = hostAddresses.map((value) => ({ type: "ip" as const, value }));
    extensions.push(new SubjectAlternativeNameExtension([...names, ...ips]));
  }
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `40${randomBytes(15).toString("hex")}`,
    subject,
    issuer: authority.subjectName,
    notBefore: from,
    notAfter: until,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(issuer.privateKey.reveal()).toCryptoKey(algorithm, false, ["sign"]),
    extensions,
  });
  await writeFile(join(folder, `${file}.crt`), `${certificate.toString("pem")}\n`);
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" });
  await writeFile(join(folder, `${file}.key`), key, { mode: 0o600 });
}
