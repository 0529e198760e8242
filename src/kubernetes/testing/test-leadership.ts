import type { Leadership, LeadershipListener } from "../leader-election.ts";

/** Leadership that a test gives and takes. */
export class TestLeadership implements Leadership {
  readonly #listeners = new Set<LeadershipListener>();
  #term: AbortController | undefined;

  term(): AbortSignal | undefined {
    return this.#term?.signal;
  }

  follow(listener: LeadershipListener): () => void {
    this.#listeners.add(listener);
    if (this.#term !== undefined) listener.gained(this.#term.signal);
    return () => this.#listeners.delete(listener);
  }

  gain(): void {
    const term = new AbortController();
    this.#term = term;
    for (const listener of this.#listeners) listener.gained(term.signal);
  }

  lose(): void {
    this.#term?.abort();
    this.#term = undefined;
    for (const listener of this.#listeners) listener.lost?.();
  }
}
