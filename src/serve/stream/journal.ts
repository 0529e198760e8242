import type { Requirements } from "../../xds/resource.ts";

/** So many changes are looked through; after more of them everything is asked about anew. */
const CAPACITY = 256;

/**
 * What has changed for a client since it was last found ready for something. Whoever changes what readiness rests on (the plan, what the client has, was
 * asked about or is about to lose) notes the names; notes too many cost time, a missing one would let a host go out before what it names.
 */
export class Journal {
  readonly #readyAt = new WeakMap<Requirements, number>();
  #changes: string[] = [];
  /** How many changes came before those in `#changes`. */
  #forgotten = 0;

  note(name: string): void {
    if (this.#changes.length === CAPACITY) this.noteEverything();
    this.#changes.push(name);
  }

  /** Nothing that was ready is known to be any more. */
  noteEverything(): void {
    this.#forgotten += this.#changes.length + 1;
    this.#changes = [];
  }

  /** The client is ready for all that `requires` itself names. */
  rememberReady(requires: Requirements): void {
    this.#readyAt.set(requires, this.#now);
  }

  /** What has changed since the client was ready for it; undefined where it was not, or that is too long ago. */
  changedSinceReady(requires: Requirements): readonly string[] | undefined {
    const at = this.#readyAt.get(requires);
    if (at === undefined || at < this.#forgotten) return undefined;
    return at === this.#now ? nothing : this.#changes.slice(at - this.#forgotten);
  }

  get #now(): number {
    return this.#forgotten + this.#changes.length;
  }
}

const nothing: readonly string[] = [];
