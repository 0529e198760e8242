import { isObject, numberAt, textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import { ApiServerError } from "./api-server-error.ts";
import { Backoff } from "./backoff.ts";
import type { KubernetesClient } from "./client.ts";
import { type Clock, pause } from "./clock.ts";
import { listAll } from "./list.ts";
import { WatchDeadline } from "./watch-deadline.ts";

export interface ReflectorOptions<T> {
  readonly client: KubernetesClient;
  /** The collection: `/apis/gateway.networking.k8s.io/v1/httproutes`, `/api/v1/namespaces/shop/secrets`. */
  readonly path: string;
  /** `labelSelector`, `fieldSelector`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Whether the metadata of the objects is enough; everything else is then left out by the server. */
  readonly metadataOnly?: boolean;
  /** What is kept of an object; called once for each object that arrives, so that the rest of it can go. */
  readonly read: (object: JsonObject) => T;
  /** Everything there is. Called after the first list, and after each that became necessary because changes were missed. */
  readonly replaced: (items: readonly T[]) => void;
  /** Appeared or changed; may be called with a state that is known already. */
  readonly applied: (item: T) => void;
  /** The object as it last was. */
  readonly deleted: (item: T) => void;
  /**
   * Told what does not work, and undefined once it works again. Not called again for the same words, nor where the server asks to wait
   * for a moment (429), as it does while it makes room for a kind that was just defined.
   */
  readonly trouble?: (problem: ReflectorProblem | undefined) => void;
  readonly clock: Clock;
}

export interface ReflectorProblem {
  readonly message: string;
  /** 404, which means that the server does not serve the collection (any more), 403, …; undefined where no answer came. */
  readonly status: number | undefined;
}

/** Between 5 and 10 minutes, so that watches do not all end at once. */
const WATCH_SECONDS = 300;
/** A watch that ends this soon without having said anything counts as a failure, else it would be opened without a pause. */
const HARDLY_OPEN_MS = 1000;
/** A server that asks to wait is no trouble unless the waits come to more than this. */
const BUSY_MS = 10_000;
const GONE = 410;
const TOO_MANY_REQUESTS = 429;
const GATEWAY_TIMEOUT = 504;
const METADATA = "application/json;g=meta.k8s.io;v=v1;as=PartialObjectMetadata";

/**
 * Follows one collection of the API server: lists it, watches it from there, takes up the watch where it broke off, and lists it again
 * only where the server no longer knows the past (410). Never gives up; waits longer after each failure.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** What the last list or event stands for; undefined before the first list, and when the server has forgotten it. */
  #version: string | undefined;
  /** The newest version seen: a list must not go behind it, though another API server may lag. */
  #newest: string | undefined;
  #problem: string | undefined;
  /** When the server first asked to wait; undefined once it has answered. */
  #busySince: number | undefined;
  /** Whether a watch has worked since the last list. */
  #hasHeard = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Nothing is delivered any more when this returns; resolves once the connection is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopped"));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        await this.#watch(this.#version);
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error);
      }
    }
  }

  async #failed(error: unknown): Promise<void> {
    const { status, retryAfterMs } = error instanceof ApiServerError ? error : {};
    const isBusy = status === TOO_MANY_REQUESTS;
    // Where the connection broke or is to wait, the watch goes on where it was; whatever the server objected to, a list is the way out.
    if (status !== undefined && !isBusy) this.#version = undefined;
    // It has forgotten the past, or has not seen yet what another API server said ("too large resource version").
    if (status === GONE || status === GATEWAY_TIMEOUT) this.#newest = undefined;
    // Too old a past is no failure, unless it is so right after a list.
    if (status === GONE && this.#hasHeard) {
      this.#hasHeard = false;
      return;
    }
    const pauseMs = this.#backoff.next(retryAfterMs);
    const message = error instanceof Error ? error.message : String(error);
    if (!isBusy || this.#isBusyForLong(pauseMs)) this.#tell({ message, status });
    await pause(this.#options.clock, pauseMs, this.#stopping.signal);
  }

  #isBusyForLong(pauseMs: number): boolean {
    const now = this.#options.clock.now();
    this.#busySince ??= now;
    return now + pauseMs - this.#busySince > BUSY_MS;
  }

  #tell(problem: ReflectorProblem | undefined): void {
    if (problem?.message === this.#problem) return;
    this.#problem = problem?.message;
    this.#options.trouble?.(problem);
  }

  #works(): void {
    this.#backoff.reset();
    this.#hasHeard = true;
  }

  async #list(): Promise<string> {
    const { client, path, query = {}, metadataOnly = false, read } = this.#options;
    const { signal } = this.#stopping;
    let items: T[] = [];
    const version = await listAll({
      client,
      path,
      query,
      accept: metadataOnly ? `${METADATA}List` : undefined,
      notOlderThan: this.#newest,
      item: (item) => items.push(read(item)),
      restart: () => {
        items = [];
      },
      signal,
    });
    signal.throwIfAborted();
    this.#newest = version;
    this.#options.replaced(items);
    return version;
  }

  async #watch(from: string): Promise<void> {
    const { client, path, query = {}, metadataOnly = false, clock } = this.#options;
    const seconds = Math.round(WATCH_SECONDS * (1 + clock.random()));
    const deadline = new WatchDeadline(clock, seconds * 1000);
    const openedAt = clock.now();
    let events = 0;
    try {
      const { status, lines, retryAfterMs } = await client.stream({
        method: "GET",
        path,
        query: {
          ...query,
          watch: "true",
          allowWatchBookmarks: "true",
          resourceVersion: from,
          timeoutSeconds: String(seconds),
        },
        ...(metadataOnly ? { accept: METADATA } : {}),
        signal: AbortSignal.any([this.#stopping.signal, deadline.signal]),
      });
      if (status === 200) {
        this.#busySince = undefined;
        this.#tell(undefined);
      }
      for await (const line of lines) {
        if (this.#stopping.signal.aborted) return;
        if (status !== 200) {
          throw new ApiServerError({ status, body: line, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
        }
        if (events++ === 0) this.#works();
        deadline.heard(textAt(line, "type") === "BOOKMARK");
        this.#event(line);
      }
      if (status !== 200) throw new ApiServerError({ status, body: null });
    } finally {
      deadline.stop();
    }
    if (events > 0) return;
    if (clock.now() - openedAt < HARDLY_OPEN_MS) throw new Error("the watch ended as soon as it began");
    this.#works();
  }

  #event(line: Json): void {
    const type = textAt(line, "type");
    const object = isObject(line) && isObject(line.object) ? line.object : undefined;
    if (object === undefined) throw new Error("a watch event has no object");
    if (type === "ERROR") throw new ApiServerError({ status: numberAt(object, "code") ?? 500, body: object });
    const version = textAt(object, "metadata", "resourceVersion");
    const { read, applied, deleted } = this.#options;
    if (type === "ADDED" || type === "MODIFIED") applied(read(object));
    else if (type === "DELETED") deleted(read(object));
    if (version === undefined) return;
    this.#version = version;
    this.#newest = version;
  }
}
