import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";

export interface FileTailOptions {
  /** Where to start reading; `end` skips what is there. */
  readonly from: "start" | "end";
  readonly onLine: (line: string) => void;
  /** Size in bytes at which the file is emptied once everything in it was read. The writer must append (O_APPEND). */
  readonly emptyAt: number;
}

/**
 * Follows the lines that another process appends to a file, and keeps the file from growing without bound.
 *
 * A file in between, and not a pipe, so that the writer goes on unharmed when the reader dies.
 */
export class FileTail {
  readonly #file: FileHandle;
  readonly #options: FileTailOptions;
  readonly #watcher: FSWatcher;
  readonly #decoder = new StringDecoder("utf8");
  #offset: number;
  #rest = "";
  #reading: Promise<void> | undefined;
  #again = false;

  static async open(path: string, options: FileTailOptions): Promise<FileTail> {
    const file = await open(path, "r+");
    const { size } = await file.stat();
    return new FileTail(path, file, options, options.from === "end" ? size : 0);
  }

  private constructor(path: string, file: FileHandle, options: FileTailOptions, offset: number) {
    this.#file = file;
    this.#options = options;
    this.#offset = offset;
    this.#watcher = watch(path, { persistent: false }, () => void this.read());
    void this.read();
  }

  /** Reads everything written so far. */
  read(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Reads what is left and closes the file. */
  async close(): Promise<void> {
    this.#watcher.close();
    await this.read();
    if (this.#rest !== "") this.#options.onLine(this.#rest);
    this.#rest = "";
    await this.#file.close();
  }

  async #readAll(): Promise<void> {
    const buffer = Buffer.alloc(65_536);
    do {
      this.#again = false;
      for (;;) {
        const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#offset);
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        this.#take(this.#decoder.write(buffer.subarray(0, bytesRead)));
      }
      if (this.#offset >= this.#options.emptyAt && (await this.#file.stat()).size === this.#offset) {
        await this.#file.truncate(0);
        this.#offset = 0;
      }
    } while (this.#again);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#options.onLine(line);
  }
}
