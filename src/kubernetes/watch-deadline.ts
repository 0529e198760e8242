import type { Clock } from "./clock.ts";

/** An API server that sends bookmarks does so about once a minute; one that has been silent for longer than this is not there. */
const SILENT_MS = 150_000;
/** How much later than asked for a server may end a watch. */
const LATE_MS = 30_000;

/**
 * Ends a watch that is only seemingly open: the server was to end it long ago, or it sent bookmarks and then fell silent.
 * A connection whose peer is gone is noticed sooner, by the kernel; this is for something in between that keeps it open.
 */
export class WatchDeadline {
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  readonly #cancelEnd: () => void;
  #cancelSilence = (): void => {};
  #hasBookmarks = false;

  /** @param watchMs after which the server was asked to end the watch. */
  constructor(clock: Clock, watchMs: number) {
    this.#clock = clock;
    this.#cancelEnd = clock.after(watchMs + LATE_MS, () => this.#end("the server did not end the watch"));
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  heard(isBookmark: boolean): void {
    this.#hasBookmarks ||= isBookmark;
    if (!this.#hasBookmarks) return;
    this.#cancelSilence();
    this.#cancelSilence = this.#clock.after(SILENT_MS, () => this.#end("the watch fell silent"));
  }

  stop(): void {
    this.#cancelEnd();
    this.#cancelSilence();
  }

  #end(reason: string): void {
    this.#ending.abort(new Error(reason));
  }
}
