import { type DemoBackend, startDemoBackend } from "./backend.ts";

export interface WantedBackend {
  readonly name: string;
  readonly version: string;
  readonly address: string;
  readonly port: number;
}

/** Demo backends that are brought to what is wanted, wherever they run. */
export interface BackendSet {
  /** Starts what is missing and closes what is not wanted any more; nothing wanted ends everything. Gives the problems met. */
  bring(wanted: readonly WantedBackend[]): Promise<readonly string[]>;
}

/** Demo backends of this process. */
export class LocalBackendSet implements BackendSet {
  readonly #running = new Map<string, DemoBackend>();

  get size(): number {
    return this.#running.size;
  }

  async bring(list: readonly WantedBackend[]): Promise<readonly string[]> {
    const wanted = new Map(list.map((backend) => [keyOf(backend), backend]));
    for (const [key, backend] of this.#running) {
      if (wanted.has(key)) continue;
      this.#running.delete(key);
      await backend.close();
    }
    const problems: string[] = [];
    for (const [key, options] of wanted) {
      if (this.#running.has(key)) continue;
      try {
        this.#running.set(key, await startDemoBackend(options));
      } catch (error) {
        const { name, address, port } = options;
        const reason = error instanceof Error ? error.message : String(error);
        problems.push(`the demo backend of ${name} cannot listen on ${address}:${port}: ${reason}`);
      }
    }
    return problems;
  }
}

/** What makes it a different server: an edit of the version restarts it, other edits do not. */
function keyOf({ name, version, address, port }: WantedBackend): string {
  return [address, port, name, version].join(" ");
}
