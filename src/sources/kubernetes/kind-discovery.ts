import { Backoff } from "../../kubernetes/backoff.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { type Clock, pause } from "../../kubernetes/clock.ts";
import { servedResources } from "../../kubernetes/served-versions.ts";
import type { WatchedKind } from "./options.ts";

export interface KindDiscoveryOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly kinds: readonly WatchedKind[];
  /** Told which version of a kind to watch: first for every kind, then of each that changes. Undefined where none is served. */
  readonly chosen: (kind: WatchedKind, version: string | undefined) => void;
  /** Told why the server cannot be asked, and undefined once it can be again. */
  readonly trouble: (problem: string | undefined) => void;
}

/** How often a server is asked for kinds that it did not have. */
const LOOK_AGAIN_MS = 15_000;
/** How often, and how many times, right after something seems to have changed. */
const LOOK_SOON_MS = 1000;
const LOOKS_SOON = 10;
/** A kind counts as gone once it was missing this often: while a server starts, it may not know of all it serves. */
const LOOKS_UNTIL_GONE = 3;

/**
 * Which kinds the server has, and in which version: of those that Weir understands, the first one served. Asks rarely while kinds are
 * missing, often after `lookSoon`, and not at all once every kind is there in its best version.
 */
export class KindDiscovery {
  readonly #options: KindDiscoveryOptions;
  readonly #chosen = new Map<WatchedKind, string | undefined>();
  readonly #missed = new Map<WatchedKind, number>();
  readonly #stopping = new AbortController();
  #waiting = new AbortController();
  #looksSoon = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: KindDiscoveryOptions) {
    this.#options = options;
  }

  /** Resolves once the server has said of every kind whether it has it; tries for as long as that takes. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#run(resolve);
    });
  }

  /** Something may have changed: a definition appeared, or a kind is not found any more. */
  lookSoon(): void {
    this.#looksSoon = LOOKS_SOON;
    this.#waiting.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopped"));
    await this.#running;
  }

  async #run(first: () => void): Promise<void> {
    const { clock, trouble } = this.#options;
    const { signal } = this.#stopping;
    const backoff = new Backoff(clock);
    while (!signal.aborted) {
      // Made before the look, so that what is noticed during it leads to another.
      this.#waiting = new AbortController();
      const waiting = AbortSignal.any([signal, this.#waiting.signal]);
      try {
        await this.#look();
        if (signal.aborted) break;
        backoff.reset();
        trouble(undefined);
        first();
        await this.#rest(waiting);
      } catch (error) {
        if (signal.aborted) break;
        trouble(error instanceof Error ? error.message : String(error));
        await pause(clock, backoff.next(), signal);
      }
    }
    first();
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const { clock, kinds } = this.#options;
    if (this.#looksSoon > 0) {
      this.#looksSoon--;
      await pause(clock, LOOK_SOON_MS, this.#stopping.signal);
    } else if (kinds.every((kind) => this.#chosen.get(kind) === kind.versions[0])) await aborted(signal);
    else await pause(clock, LOOK_AGAIN_MS * (0.75 + clock.random() / 2), signal);
  }

  async #look(): Promise<void> {
    const { client, kinds, chosen } = this.#options;
    const { signal } = this.#stopping;
    const asked = new Map<string, Promise<ReadonlySet<string>>>();
    const served = (group: string, version: string): Promise<ReadonlySet<string>> => {
      const name = `${group}/${version}`;
      const answer = asked.get(name) ?? servedResources({ client, group, version, signal });
      asked.set(name, answer);
      return answer;
    };
    const found = await Promise.all(
      kinds.map(async (kind) => {
        for (const version of kind.versions) {
          if ((await served(kind.group, version)).has(kind.plural)) return [kind, version] as const;
        }
        return [kind, undefined] as const;
      }),
    );
    if (signal.aborted) return;
    for (const [kind, version] of found) {
      if (this.#chosen.has(kind) && this.#chosen.get(kind) === version) this.#missed.delete(kind);
      else if (!this.#isStillBelievedIn(kind, version)) {
        this.#chosen.set(kind, version);
        chosen(kind, version);
      }
    }
  }

  /** Whether a kind that was there and now is not should be asked for again before anything follows from it. */
  #isStillBelievedIn(kind: WatchedKind, version: string | undefined): boolean {
    if (version !== undefined || this.#chosen.get(kind) === undefined) return false;
    const missed = (this.#missed.get(kind) ?? 0) + 1;
    this.#missed.set(kind, missed);
    if (missed >= LOOKS_UNTIL_GONE) {
      this.#missed.delete(kind);
      return false;
    }
    this.#looksSoon = Math.max(this.#looksSoon, 1);
    return true;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
