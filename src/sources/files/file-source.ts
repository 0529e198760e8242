import { join, resolve } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Position, Provenance } from "../../model/provenance.ts";
import type { GroupKind } from "../../model/source-object.ts";
import type { Source, SourceBatch } from "../source.ts";
import { DirectoryWatches } from "./directory-watches.ts";
import { excerptOf } from "./excerpt-of.ts";
import { unreadable } from "./file-content.ts";
import { FileIndex, type FileReading } from "./file-index.ts";
import { FileScanner, type Scan } from "./file-scanner.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { fileOrder, isWithin } from "./paths.ts";

/** Runs `task` once after `ms` milliseconds; the result cancels it. */
export type After = (ms: number, task: () => void) => () => void;

export interface FileSourceOptions {
  /** Files and directories, in the order in which they count. They may come into being later. */
  readonly paths: readonly string[];
  readonly isClusterScoped: (kind: GroupKind) => boolean;
  readonly id?: string;
  readonly fileSystem?: FileSystem;
  readonly after?: After;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How often everything is looked at besides, in milliseconds: not every file system reports every change. */
  readonly pollEveryMs?: number;
  /** Told of what went wrong in the source itself, not in a file. */
  readonly onError?: (error: unknown) => void;
}

/** After the last report of a change the files are left alone this long, so that a burst is read once, in milliseconds. */
const settleMs = 5;
/** A burst that does not end is read at last. */
const longestSettleMs = 50;
/** A file found empty is read again after this long: editors that write in place empty it first. */
const emptySettleMs = 100;
const pollUnwatchedEveryMs = 1000;

/**
 * Files and directories as a source. Directories are read with all they contain (`*.yaml`, `*.yml`, `*.json`; names that start with a
 * dot are not). Edits are seen through the file system's own reports, within about 20 ms, and otherwise by looking again every
 * `pollEveryMs`. A file that cannot be read or parsed keeps what it last said; one that is gone takes its objects with it.
 */
export class FileSource implements Source {
  readonly id: string;
  readonly #roots: readonly string[];
  readonly #index: FileIndex;
  readonly #scanner: FileScanner;
  readonly #watches: DirectoryWatches;
  readonly #after: After;
  readonly #pollEveryMs: number;
  readonly #onError: (error: unknown) => void;

  /** What has to be looked at; the value says whether even if it looks unchanged. */
  #dirty = new Map<string, boolean>();
  readonly #emptyOnce = new Set<string>();
  #burstStart: number | undefined;
  readonly #now: () => number;
  #cancelScan: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #deliver: ((batch: SourceBatch) => void) | undefined;

  constructor(options: FileSourceOptions) {
    const fileSystem = options.fileSystem ?? nodeFileSystem;
    this.id = options.id ?? "file";
    this.#roots = options.paths.map((path) => resolve(path));
    this.#index = new FileIndex(fileOrder(this.#roots));
    this.#now = options.now ?? Date.now;
    this.#watches = new DirectoryWatches(fileSystem, (directory, name) => this.#reported(directory, name));
    this.#scanner = new FileScanner({
      fileSystem,
      context: { source: this.id, isClusterScoped: options.isClusterScoped },
      now: this.#now,
      knownContent: (file) => this.#index.contentOf(file),
      enter: (directory, identity) => this.#watches.watch(directory, identity),
    });
    this.#after = options.after ?? afterOnMachine;
    this.#pollEveryMs = options.pollEveryMs ?? 10_000;
    this.#onError = options.onError ?? (() => {});
  }

  readonly locate = (provenance: Provenance): Position | undefined =>
    provenance.source === this.id ? this.#index.locate(provenance) : undefined;

  /** The lines a diagnostic points at. */
  readonly excerpt = (diagnostic: Diagnostic): string | undefined => excerptOf(diagnostic, this.#index);

  async start(deliver: (batch: SourceBatch) => void): Promise<void> {
    this.#deliver = deliver;
    for (const root of this.#roots) this.#dirty.set(root, true);
    await this.#run();
    this.#schedulePoll();
  }

  async close(): Promise<void> {
    this.#deliver = undefined;
    this.#dirty.clear();
    this.#cancelScan?.();
    this.#cancelPoll?.();
    this.#watches.close();
    await this.#running;
    this.#watches.close();
  }

  /** A name in a directory changed. Its roots decide what that means. */
  #reported(directory: string, name: string | undefined): void {
    const isHidden = name?.startsWith(".") === true && !name.startsWith("..");
    if (isHidden && !this.#roots.includes(join(directory, name))) return;
    const path = name === undefined || name.startsWith("..") ? directory : join(directory, name);
    const isSwap = path === directory;
    for (const root of this.#roots) {
      if (isWithin(path, root)) this.#touch(path);
      else if (isWithin(root, path) || (isSwap && isWithin(root, directory))) this.#touch(root);
    }
  }

  #touch(path: string, force = true): void {
    if (this.#deliver === undefined) return;
    this.#dirty.set(path, force || this.#dirty.get(path) === true);
    this.#burstStart ??= this.#now();
    const left = this.#burstStart + longestSettleMs - this.#now();
    this.#cancelScan?.();
    this.#cancelScan = this.#after(Math.max(0, Math.min(settleMs, left)), () => this.#runSoon());
  }

  #runSoon(): void {
    this.#run().catch(this.#onError);
  }

  /** One scan at a time; what is reported meanwhile is looked at next. */
  async #run(): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    this.#running = this.#scanAll();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
    if (this.#dirty.size > 0) return this.#run();
  }

  async #scanAll(): Promise<void> {
    const dirty = this.#dirty;
    this.#dirty = new Map();
    this.#burstStart = undefined;
    const readings = new Map<string, FileReading>();
    for (const [path, force] of dirty) {
      const isRoot = this.#roots.includes(path);
      if (isRoot) await this.#watches.watchAbove(path);
      const scan = await this.#scanner.scan(path, { force, named: isRoot });
      this.#collect(path, isRoot, scan, readings);
    }
    const batch = this.#index.update(readings);
    if (batch.changes.length > 0 || batch.diagnostics.size > 0) this.#deliver?.(batch);
  }

  #collect(path: string, isRoot: boolean, scan: Scan, readings: Map<string, FileReading>): void {
    for (const [file, reading] of scan.readings) if (!this.#isBeingWritten(file, reading)) readings.set(file, reading);
    const isUnknown = (file: string): boolean => [...scan.closed].some((directory) => isWithin(file, directory));
    for (const file of this.#index.files) {
      if (!isWithin(file, path) || scan.files.has(file) || isUnknown(file)) continue;
      this.#scanner.forget(file);
      readings.set(file, { kind: "gone" });
    }
    if (isRoot && !scan.exists) {
      readings.set(path, { kind: "gone", diagnostic: unreadable(this.id, path, 1, "it does not exist") });
    }
    this.#watches.keepOnly(path, scan.directories);
  }

  /** True for a file that held objects and is suddenly empty, until it has been empty for a while. */
  #isBeingWritten(file: string, reading: FileReading): boolean {
    const isEmpty = reading.kind === "content" && reading.content.parts.every(({ text }) => text === "");
    const hadObjects = (this.#index.contentOf(file)?.objects.length ?? 0) > 0;
    if (!isEmpty || !hadObjects || this.#emptyOnce.has(file)) {
      this.#emptyOnce.delete(file);
      return false;
    }
    this.#emptyOnce.add(file);
    this.#after(emptySettleMs, () => this.#touch(file));
    return true;
  }

  #schedulePoll(): void {
    if (this.#deliver === undefined) return;
    const every = this.#watches.isComplete ? this.#pollEveryMs : Math.min(this.#pollEveryMs, pollUnwatchedEveryMs);
    this.#cancelPoll = this.#after(every, () => {
      for (const root of this.#roots) this.#touch(root, false);
      this.#schedulePoll();
    });
  }
}

const afterOnMachine: After = (ms, task) => {
  const timer = setTimeout(task, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
