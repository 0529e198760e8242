import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SecretText } from "../model/gateway.ts";
import type { IssuedCertificate } from "./certificates.ts";
import type { DevelopmentCa } from "./development-ca.ts";
import { isStillGood, issueServerCertificate } from "./server-certificate.ts";

/**
 * The certificate for a Secret: the one issued earlier as long as it is good, so that a restart changes nothing for proxies; otherwise
 * a new one, which is kept in `directory`, readable by its owner only.
 */
export async function certificateFor(
  secret: string,
  names: readonly string[],
  ca: DevelopmentCa,
  directory: string,
  now: Date,
): Promise<IssuedCertificate> {
  const file = join(directory, `${secret.replace("/", "_")}.pem`);
  const kept = await readIssued(file);
  if (kept !== undefined && isStillGood(kept.certificate, ca, names, now)) return kept;
  const issued = await issueServerCertificate(ca, names, now);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, issued.certificate + issued.privateKey.reveal(), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return issued;
}

const blocks = /^(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n)(-----BEGIN PRIVATE KEY-----.*)$/s;

async function readIssued(file: string): Promise<IssuedCertificate | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [, certificate, key] = blocks.exec(text) ?? [];
  if (certificate === undefined || key === undefined) return undefined;
  return { certificate, privateKey: new SecretText(key, createHash("sha256").update(key).digest("hex")) };
}
