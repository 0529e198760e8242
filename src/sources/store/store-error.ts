/**
 * full: there is no room for the write; reading goes on. read-only: the file or its file system cannot be written.
 * busy: another process held the store for too long. damaged: the content is not readable. newer: a later version of Weir wrote it.
 */
export type StoreErrorKind = "full" | "read-only" | "busy" | "damaged" | "newer" | "closed" | "failed";

/** The storage itself failed. The message says what happened, where, and what to do; it holds nothing of any object. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.kind = kind;
  }
}
