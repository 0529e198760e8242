import { watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";

export interface FileStatus {
  readonly kind: "file" | "directory" | "other";
  readonly size: number;
  /** Device and inode: the same for every name of one directory. */
  readonly identity: string;
  /** Differs whenever the content may differ. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** What the file source needs of a file system. Names lead through symbolic links. */
export interface FileSystem {
  /** Undefined where nothing is. Other errors (no permission) reject. */
  status(path: string): Promise<FileStatus | undefined>;
  names(directory: string): Promise<readonly string[]>;
  read(file: string): Promise<Uint8Array>;
  /**
   * Reports names in the directory that changed, undefined where the system does not say which. Returns undefined if the directory
   * cannot be watched; it is looked at from time to time then.
   */
  watch(directory: string, changed: (name: string | undefined) => void): (() => void) | undefined;
}

export const nodeFileSystem: FileSystem = {
  async status(path) {
    try {
      const found = await stat(path, { bigint: true });
      return {
        kind: found.isFile() ? "file" : found.isDirectory() ? "directory" : "other",
        size: Number(found.size),
        identity: `${found.dev}:${found.ino}`,
        version: `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`,
        modifiedAt: Number(found.mtimeMs),
      };
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return undefined;
      throw error;
    }
  },
  names: (directory) => readdir(directory),
  read: (file) => readFile(file),
  watch(directory, changed) {
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) => changed(name ?? undefined));
      watcher.on("error", () => changed(undefined));
      return () => watcher.close();
    } catch {
      return undefined;
    }
  },
};

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** What went wrong, for people. */
export function fileErrorMessage(error: unknown): string {
  switch (errorCode(error)) {
    case "EACCES":
    case "EPERM":
      return "no permission to read it";
    case "ELOOP":
      return "its symbolic links lead in a circle";
    case "ENOENT":
      return "it does not exist";
    case "ENAMETOOLONG":
      return "the name is too long";
    default:
      return `it cannot be read (${errorCode(error) || "unknown error"})`;
  }
}
