import { StoreError } from "../store-error.ts";

/** Primary result codes, from the SQLite documentation ("Result and Error Codes"). The low byte of an extended code. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
/** Extended code: the shared-memory file could not grow, which happens on a full disk only. */
const IOERR_SHMSIZE = 4874;

/** What a failure of SQLite means for the person who runs Weir. Anything that is not SQLite's is passed through. */
export function explainSqliteError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  switch (code & 0xff) {
    case FULL:
      return diskFull(path, error);
    case IOERR:
      if (code === IOERR_SHMSIZE) return diskFull(path, error);
      return new StoreError(
        "failed",
        `the store ${path} could not be read or written (${messageOf(error)}): check the disk's health and your quota`,
        error,
      );
    case READONLY:
      return new StoreError(
        "read-only",
        `the store ${path} cannot be written: check its owner, its mode and whether the file system is mounted read-only`,
        error,
      );
    case CANTOPEN:
      return new StoreError(
        "failed",
        `the store ${path} cannot be opened: check that the directory exists and is yours`,
        error,
      );
    case BUSY:
    case LOCKED:
      return new StoreError("busy", `the store ${path} is locked by another process; try again`, error);
    case CORRUPT:
    case NOTADB:
      return new StoreError(
        "damaged",
        `the store ${path} is damaged or no store of Weir: restore it from a copy`,
        error,
      );
    default:
      return new StoreError("failed", `the store ${path} failed (${messageOf(error)})`, error);
  }
}

function diskFull(path: string, cause: unknown): StoreError {
  return new StoreError(
    "full",
    `the disk is full: nothing more can be written to the store ${path}. What is stored stays readable and in effect; free some space and try again`,
    cause,
  );
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
