import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KindDefinition } from "../../admission/kind-definition.ts";
import { administrator, type Grant } from "./identity.ts";
import { formatKubeconfig, type KubeconfigInput } from "./kubeconfig.ts";
import { formatTokenFile, type KnownToken, parseTokenFile } from "./token-file.ts";

/** The files in the state directory by which clients get in. Each has mode 0600. */
export const accessFiles = {
  /** The administrator's token, as it is sent. */
  token: "token",
  /** Ready for `kubectl --kubeconfig`. */
  kubeconfig: "kubeconfig",
  /** Hashes of further tokens and what they grant. */
  tokens: "tokens.json",
} as const;

export interface Access {
  readonly adminToken: string;
  readonly tokens: readonly KnownToken[];
}

/**
 * Reads the tokens, making the administrator's where there is none. One that others could read is replaced: it may have been copied.
 * Throws a `TokenFileError` or the file system's error; the API must not start then.
 */
export function prepareAccess(directory: string, definitions: readonly KindDefinition[]): Access {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const tokenPath = join(directory, accessFiles.token);
  let adminToken = readPrivate(tokenPath)?.trim() ?? "";
  if (!/^[A-Za-z0-9_-]{43,}$/.test(adminToken)) {
    adminToken = newToken();
    writePrivate(tokenPath, `${adminToken}\n`);
  }
  const tokensPath = join(directory, accessFiles.tokens);
  const further = readIfThere(tokensPath);
  const admin: KnownToken = { hash: hashOf(adminToken), identity: administrator(definitions) };
  return { adminToken, tokens: [admin, ...(further === undefined ? [] : parseTokenFile(further, tokensPath))] };
}

/** Gives out a further token, or a new one under the same name; only its hash is kept. Takes effect when the API starts next. */
export function issueToken(directory: string, name: string, grants: readonly Grant[]): string {
  const path = join(directory, accessFiles.tokens);
  const text = readIfThere(path);
  const others = text === undefined ? [] : parseTokenFile(text, path).filter(({ identity }) => identity.name !== name);
  const token = newToken();
  writePrivate(path, formatTokenFile([...others, { hash: hashOf(token), identity: { name, grants } }]));
  return token;
}

/** Returns the path of the file. */
export function writeKubeconfig(directory: string, input: KubeconfigInput): string {
  const path = join(directory, accessFiles.kubeconfig);
  writePrivate(path, formatKubeconfig(input));
  return path;
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function newToken(): string {
  return randomBytes(32).toString("base64url");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The content of a file that only its owner can read; undefined for any other. */
function readPrivate(path: string): string | undefined {
  const text = readIfThere(path);
  return text !== undefined && (statSync(path).mode & 0o077) === 0 ? text : undefined;
}

/** Replaces the file as a whole: a reader sees the old one or the new one, and nobody else either. */
function writePrivate(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
