import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDevelopmentCa } from "../identity/development-ca.ts";
import { isStillGood, issueServerCertificate } from "../identity/server-certificate.ts";
import type { TlsOptions } from "./server-options.ts";

/**
 * A certificate for the API on loopback, from an authority of its own that nobody but the kubeconfig beside it trusts: kubectl sends
 * its token over TLS only. Made on first use, renewed a month before it ends.
 */
export async function ensureLocalTls(directory: string, names: readonly string[], now: Date): Promise<TlsOptions> {
  const ca = await ensureDevelopmentCa(join(directory, "api-ca"), now);
  const file = join(directory, "api.pem");
  const kept = splitPem(await readIfThere(file));
  if (kept !== undefined && isStillGood(kept.certificate, ca, names, now)) {
    return { ...kept, certificateAuthority: ca.certificate };
  }
  const issued = await issueServerCertificate(ca, names, now);
  const made = { certificate: issued.certificate, key: issued.privateKey.reveal() };
  // Certificate and key in one file: a crash between two would leave a pair that does not fit.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, made.certificate + made.key, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, file);
  return { ...made, certificateAuthority: ca.certificate };
}

function splitPem(text: string | undefined): { certificate: string; key: string } | undefined {
  const blocks = text?.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----\n/g) ?? [];
  const certificate = blocks.find((block) => block.startsWith("-----BEGIN CERTIFICATE"));
  const key = blocks.find((block) => block.startsWith("-----BEGIN PRIVATE KEY"));
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
