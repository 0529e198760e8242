import { setTimeout as wait } from "node:timers/promises";
import type { HttpAnswer } from "./http-client.ts";

export interface LoopFailure {
  /** ISO 8601. */
  readonly at: string;
  readonly why: string;
}

export interface ClosedLoopOptions {
  readonly ask: () => Promise<HttpAnswer>;
  /** Between an answer and the next request: what a client does with an answer. */
  readonly pauseMs: number;
  readonly now: () => Date;
}

/** Failures of which each is kept; the rest is counted. */
const keptFailures = 50;

/** One request after the other until it is told to stop. An answer other than 200 is a failure, as is none. */
export class ClosedLoop {
  /** Whole answers, by status. */
  readonly answers = new Map<number, number>();
  readonly failures: LoopFailure[] = [];
  failed = 0;
  /** Requests that came to an end, whatever it was. */
  ended = 0;
  longestWaitMs = 0;
  readonly #options: ClosedLoopOptions;
  readonly #running: Promise<void>;
  #stopped = false;
  #waiting: { readonly at: number; readonly resolve: () => void }[] = [];

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get answered(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when so many further requests have come to an end. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ at: this.ended + count, resolve }));
  }

  /** Lets the request under way finish. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { ask, pauseMs, now } = this.#options;
    while (!this.#stopped) {
      const since = now().getTime();
      try {
        const { status, body } = await ask();
        this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
        if (status !== 200) this.#fail(`status ${status}: ${body.slice(0, 200)}`);
      } catch (error) {
        this.#fail(error instanceof Error ? error.message : String(error));
      }
      this.longestWaitMs = Math.max(this.longestWaitMs, now().getTime() - since);
      this.ended += 1;
      this.#tell();
      await wait(pauseMs);
    }
  }

  #fail(why: string): void {
    this.failed += 1;
    if (this.failures.length < keptFailures) this.failures.push({ at: this.#options.now().toISOString(), why });
  }

  #tell(): void {
    this.#waiting = this.#waiting.filter(({ at, resolve }) => {
      if (this.ended < at) return true;
      resolve();
      return false;
    });
  }
}
