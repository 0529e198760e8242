import { join } from "node:path";
import { contentOf, type FileContent, type FileContext, unreadable } from "./file-content.ts";
import type { FileReading } from "./file-index.ts";
import { type FileStatus, type FileSystem, fileErrorMessage } from "./file-system.ts";
import { isConfiguration } from "./paths.ts";
import { maxFileBytes, textOfBytes, tooLarge } from "./text-of-bytes.ts";

export interface ScannerOptions {
  readonly fileSystem: FileSystem;
  readonly context: FileContext;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The content of a file that is in effect, to parse only what changed. */
  readonly knownContent: (file: string) => FileContent | undefined;
  /** Called for each directory before it is listed, so that no change falls between. */
  readonly enter: (directory: string, identity: string) => void;
}

export interface Scan {
  readonly readings: ReadonlyMap<string, FileReading>;
  /** Every file found, whether read or not. */
  readonly files: ReadonlySet<string>;
  readonly directories: ReadonlySet<string>;
  /** Directories that could not be looked into: nothing is known of what they hold. */
  readonly closed: ReadonlySet<string>;
  /** Whether anything is at the path at all. */
  readonly exists: boolean;
}

/** Times are coarse: a file changed this recently may change again without its version showing it. */
const racyMilliseconds = 2000;

/** As many files are read at a time. */
const concurrency = 16;

/** Finds and reads the files below a path. Remembers their versions, so that unchanged ones are not read again. */
export class FileScanner {
  readonly #options: ScannerOptions;
  readonly #versions = new Map<string, string>();

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  /** `force` reads files even if they look unchanged. `named`: the user named this very path, so its ending does not matter. */
  async scan(path: string, { force, named }: { readonly force: boolean; readonly named: boolean }): Promise<Scan> {
    const scan = {
      readings: new Map<string, FileReading>(),
      files: new Set<string>(),
      directories: new Set<string>(),
      closed: new Set<string>(),
    };
    const exists = await this.#visit(path, { scan, force, named, above: [] });
    return { ...scan, exists };
  }

  forget(file: string): void {
    this.#versions.delete(file);
  }

  async #visit(path: string, visit: Visit): Promise<boolean> {
    const { scan, force, named } = visit;
    let status: FileStatus | undefined;
    try {
      status = await this.#options.fileSystem.status(path);
    } catch (error) {
      if (named || isConfiguration(path)) this.#refuse(path, visit, error);
      else scan.closed.add(path);
      return true;
    }
    if (status === undefined) return false;
    if (status.kind === "directory") {
      await this.#visitDirectory(path, status.identity, visit);
      return true;
    }
    if (status.kind === "other" || !(named || isConfiguration(path))) return true;
    scan.files.add(path);
    if (!force && this.#versions.get(path) === status.version) return true;
    const reading = await this.#read(path, status);
    const isRacy = this.#options.now() - status.modifiedAt < racyMilliseconds;
    if (isRacy || reading.kind !== "content") this.#versions.delete(path);
    else this.#versions.set(path, status.version);
    scan.readings.set(path, reading);
    return true;
  }

  async #visitDirectory(directory: string, identity: string, visit: Visit): Promise<void> {
    if (visit.above.includes(identity)) return;
    visit.scan.directories.add(directory);
    this.#options.enter(directory, identity);
    let names: readonly string[];
    try {
      names = await this.#options.fileSystem.names(directory);
    } catch (error) {
      this.#refuse(directory, visit, error);
      visit.scan.closed.add(directory);
      return;
    }
    const paths = names.filter((name) => !name.startsWith(".")).map((name) => join(directory, name));
    const below = { ...visit, named: false, above: [...visit.above, identity] };
    for (let start = 0; start < paths.length; start += concurrency) {
      await Promise.all(paths.slice(start, start + concurrency).map((path) => this.#visit(path, below)));
    }
  }

  async #read(file: string, status: FileStatus): Promise<FileReading> {
    const { fileSystem, context, knownContent } = this.#options;
    const refused = (line: number, message: string, hint?: string): FileReading => ({
      kind: "unreadable",
      diagnostic: unreadable(context.source, file, line, message, hint),
    });
    if (status.size > maxFileBytes) return refused(1, ...tooLarge(status.size));
    let bytes: Uint8Array;
    try {
      bytes = await fileSystem.read(file);
    } catch (error) {
      return refused(1, fileErrorMessage(error));
    }
    const text = textOfBytes(bytes);
    if (text.kind === "refused") return refused(text.line, text.message, text.hint);
    return { kind: "content", content: contentOf(file, text.text, context, knownContent(file)?.read) };
  }

  #refuse(path: string, visit: Visit, error: unknown): void {
    visit.scan.files.add(path);
    const diagnostic = unreadable(this.#options.context.source, path, 1, fileErrorMessage(error));
    visit.scan.readings.set(path, { kind: "unreadable", diagnostic });
  }
}

interface Visit {
  readonly scan: {
    readonly readings: Map<string, FileReading>;
    readonly files: Set<string>;
    readonly directories: Set<string>;
    readonly closed: Set<string>;
  };
  readonly force: boolean;
  readonly named: boolean;
  readonly above: readonly string[];
}
