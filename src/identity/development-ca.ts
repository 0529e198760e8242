import { createPrivateKey, createPublicKey, X509Certificate as NodeCertificate } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { SecretText } from "../model/gateway.ts";

/** The certificate authority of one person's machine: it vouches for nothing anywhere else. */
export interface DevelopmentCa {
  /** What a client has to trust. */
  readonly certificateFile: string;
  readonly certificate: string;
  readonly privateKey: SecretText;
  /** Whether it was made just now, so that the person should be told how to trust it. */
  readonly created: boolean;
}

const certificateName = "ca.crt";
const keyName = "ca.key";

const yearMs = 365 * 86_400_000;

/** The authority in `directory` cannot be used and is not replaced unasked, since people have told their systems to trust it. */
export class DevelopmentCaError extends Error {}

/**
 * The development certificate authority kept in `directory`, made on first use: EC P-256, ten years, key readable by its owner
 * only. Several processes may call this at once; all of them get the same authority.
 */
export async function ensureDevelopmentCa(directory: string, now: Date): Promise<DevelopmentCa> {
  const existing = await readDevelopmentCa(directory, now);
  if (existing !== undefined) return existing;
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(dirname(directory), `.${basename(directory)}-`));
  try {
    const { createAuthority } = await import("./certificates.ts");
    const name = `Weir development CA ${ownerName()}`;
    const made = await createAuthority(name, { from: now, until: new Date(now.getTime() + 10 * yearMs) });
    await writeFile(join(draft, keyName), made.privateKey.reveal(), { mode: 0o600 });
    await writeFile(join(draft, certificateName), made.certificate);
    await chmod(draft, 0o700);
    const won = await renameUnlessThere(draft, directory);
    const ca = await readDevelopmentCa(directory, now);
    if (ca === undefined) throw new DevelopmentCaError(`${directory} was emptied while Weir wrote to it`);
    return { ...ca, created: won };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The authority kept in `directory`; undefined where there is none. */
export async function readDevelopmentCa(directory: string, now: Date): Promise<DevelopmentCa | undefined> {
  const certificateFile = join(directory, certificateName);
  const [certificate, key] = await Promise.all([readIfThere(certificateFile), readIfThere(join(directory, keyName))]);
  if (certificate === undefined && key === undefined) return undefined;
  const broken = (reason: string): DevelopmentCaError =>
    new DevelopmentCaError(
      `the development certificate authority in ${directory} ${reason}; remove that directory to have a new one made, which then has to be trusted again`,
    );
  if (certificate === undefined || key === undefined) throw broken("is incomplete");
  let parsed: NodeCertificate;
  let fits: boolean;
  try {
    parsed = new NodeCertificate(certificate);
    fits = createPublicKey(createPrivateKey(key)).equals(parsed.publicKey);
  } catch {
    throw broken("cannot be read");
  }
  if (!fits) throw broken("has a key that does not belong to its certificate");
  if (new Date(parsed.validTo) < now) throw broken("has expired");
  return { certificateFile, certificate, privateKey: new SecretText(key, parsed.fingerprint256), created: false };
}

function ownerName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Puts a whole directory in place at once; false where somebody else was first. */
async function renameUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST"))
      return false;
    throw error;
  }
}
