import type { Diagnostic } from "../model/diagnostic.ts";
import type { LocatePosition } from "../model/provenance.ts";
import type { SourceObject } from "../model/source-object.ts";

/** One object appeared, changed (`object` set) or went away (`object` undefined); `key` is its `objectKey`. */
export interface SourceChange {
  readonly key: string;
  readonly object: SourceObject | undefined;
}

/** What a source reports in one go; the receiver applies all of it in one transaction. */
export interface SourceBatch {
  readonly changes: readonly SourceChange[];
  /**
   * All diagnostics about the named units (a file path, or "" for the source as a whole), replacing what was reported about them
   * before.
   */
  readonly diagnostics: ReadonlyMap<string, readonly Diagnostic[]>;
}

/**
 * Where objects come from. Contract, tested by one suite for every source:
 * - `start` delivers the full content as one or more batches before it resolves ("synced"); later batches are changes.
 * - batches of one source never overlap in time; an object is reported again only if something in it changed.
 * - a source reports each key at most once per batch.
 * - `close` ends delivery before it resolves.
 */
export interface Source {
  /** As it appears in provenance: "file", "store", "kubernetes". */
  readonly id: string;
  start(deliver: (batch: SourceBatch) => void): Promise<void>;
  /** Lines of the user's text, where there is one. */
  readonly locate: LocatePosition;
  close(): Promise<void>;
}
