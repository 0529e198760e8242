import type { Requirement } from "../../xds/requirements.ts";
import type { Requirements } from "../../xds/resource.ts";

/** So many changes are looked through; after more of them everything is asked about anew. */
const CAPACITY = 256;

interface Look {
  /** How many changes had been noted. */
  readonly at: number;
  readonly missing: readonly Requirement[];
}

/** What was known at an earlier look, and what has changed since. */
export interface EarlierLook {
  readonly missing: readonly Requirement[];
  /** Names. */
  readonly changedSince: readonly string[];
}

/**
 * What a client lacked of lists of requirements when it was last looked at, and what has changed since. Whoever changes what readiness rests on (the plan,
 * what the client has or was asked about) notes the names; notes too many cost time, a missing one would let a host go out before what it names.
 */
export class Journal {
  readonly #looks = new WeakMap<Requirements, Look>();
  #changes: string[] = [];
  /** How many changes came before those in `#changes`. */
  #forgotten = 0;

  note(name: string): void {
    if (this.#changes.length === CAPACITY) this.noteEverything();
    this.#changes.push(name);
  }

  /** Nothing is known any more. */
  noteEverything(): void {
    this.#forgotten += this.#changes.length + 1;
    this.#changes = [];
  }

  /** This is what is missing now of all that `requires` itself names. */
  rememberMissing(requires: Requirements, missing: readonly Requirement[]): void {
    this.#looks.set(requires, { at: this.#now, missing });
  }

  /** Undefined where it was never looked at, or that is too long ago. */
  missingBefore(requires: Requirements): EarlierLook | undefined {
    const look = this.#looks.get(requires);
    if (look === undefined || look.at < this.#forgotten) return undefined;
    const changedSince = look.at === this.#now ? nothing : this.#changes.slice(look.at - this.#forgotten);
    return { missing: look.missing, changedSince };
  }

  get #now(): number {
    return this.#forgotten + this.#changes.length;
  }
}

const nothing: readonly string[] = [];
