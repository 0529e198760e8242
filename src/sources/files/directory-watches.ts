import { dirname } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { isWithin } from "./paths.ts";

interface Watch {
  readonly identity: string;
  /** Undefined where the file system cannot be watched. */
  readonly stop: (() => void) | undefined;
}

/** Watches directories, each once, and anew when another one has taken its place. */
export class DirectoryWatches {
  readonly #fileSystem: FileSystem;
  readonly #changed: (directory: string, name: string | undefined) => void;
  readonly #watches = new Map<string, Watch>();

  constructor(fileSystem: FileSystem, changed: (directory: string, name: string | undefined) => void) {
    this.#fileSystem = fileSystem;
    this.#changed = changed;
  }

  /** Whether every directory reports its changes. */
  get isComplete(): boolean {
    return [...this.#watches.values()].every((watch) => watch.stop !== undefined);
  }

  watch(directory: string, identity: string): void {
    const known = this.#watches.get(directory);
    if (known?.identity === identity) return;
    known?.stop?.();
    const stop = this.#fileSystem.watch(directory, (name) => this.#changed(directory, name));
    this.#watches.set(directory, { identity, stop });
  }

  /** Watches the closest directory above a path that exists, to see the path appear, go, or be replaced. */
  async watchAbove(path: string): Promise<void> {
    for (let directory = dirname(path); ; directory = dirname(directory)) {
      const status = await this.#fileSystem.status(directory).catch(() => undefined);
      if (status?.kind === "directory") return this.watch(directory, status.identity);
      this.#forget(directory);
      if (directory === dirname(directory)) return;
    }
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.stop?.();
    this.#watches.clear();
  }

  /** Stops watching what is no directory any more: those at or below `path` that are not among `directories`. */
  keepOnly(path: string, directories: ReadonlySet<string>): void {
    for (const directory of [...this.#watches.keys()]) {
      if (isWithin(directory, path) && !directories.has(directory)) this.#forget(directory);
    }
  }

  #forget(directory: string): void {
    this.#watches.get(directory)?.stop?.();
    this.#watches.delete(directory);
  }
}
