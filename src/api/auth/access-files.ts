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
  /** The tokens that are good now: further ones can be given out and taken back while the API runs. */
  readonly tokens: () => readonly KnownToken[];
}

/** How long, in milliseconds, a change of the token file may go unnoticed. */
const RECHECK_MS = 1000;

/**
 * Reads the tokens, making the administrator's where there is none. One that others could read is replaced: it may have been copied.
 * Throws a `TokenFileError` or the file system's error; the API must not start then. A file that can no longer be used later on leaves
 * the administrator's token alone, and `onError` is told.
 */
export function prepareAccess(
  directory: string,
  definitions: readonly KindDefinition[],
  onError: (error: unknown) => void = () => {},
  now: () => number = () => performance.now(),
): Access {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const tokenPath = join(directory, accessFiles.token);
  let adminToken = readPrivate(tokenPath)?.trim() ?? "";
  if (!/^[A-Za-z0-9_-]{43,}$/.test(adminToken)) {
    adminToken = newToken();
    writePrivate(tokenPath, `${adminToken}\n`);
  }
  const admin: KnownToken = { hash: hashOf(adminToken), identity: administrator(definitions) };
  const path = join(directory, accessFiles.tokens);
  let state = stateOf(path);
  let tokens = [admin, ...readTokens(path)];
  let checkedAt = now();
  return {
    adminToken,
    tokens: () => {
      if (now() - checkedAt < RECHECK_MS) return tokens;
      checkedAt = now();
      const current = stateOf(path);
      if (current === state) return tokens;
      state = current;
      try {
        tokens = [admin, ...readTokens(path)];
      } catch (error) {
        tokens = [admin];
        onError(error);
      }
      return tokens;
    },
  };
}

/** Gives out a further token, or a new one under the same name; only its hash is kept. */
export function issueToken(directory: string, name: string, grants: readonly Grant[]): string {
  const token = newToken();
  writeTokens(directory, name, [{ hash: hashOf(token), identity: { name, grants } }]);
  return token;
}

/** Takes a token back. Requests that are under way, watches among them, go on. */
export function revokeToken(directory: string, name: string): void {
  writeTokens(directory, name, []);
}

function writeTokens(directory: string, name: string, replacement: readonly KnownToken[]): void {
  const path = join(directory, accessFiles.tokens);
  const others = readTokens(path).filter(({ identity }) => identity.name !== name);
  writePrivate(path, formatTokenFile([...others, ...replacement]));
}

function readTokens(path: string): readonly KnownToken[] {
  const text = readIfThere(path);
  return text === undefined ? [] : parseTokenFile(text, path);
}

/** Differs when the file does: every way to write a file changes one of these. */
function stateOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
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
