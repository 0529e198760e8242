/** What has a content version. */
interface Versioned {
  readonly version: string;
}

/** Chunks end behind items whose version ends in this character; with 64 possible ones a chunk has 64 items on average. */
const BOUNDARY = "A".charCodeAt(0);

/** A long run of one item repeated would have no boundary. */
const MAXIMUM_ITEMS = 1_024;

interface Remembered<T, C> {
  readonly items: readonly T[];
  readonly chunk: C;
}

/**
 * Cuts lists into chunks and makes something of each, remembering what was made: after an edit of a long list only the chunk with the edit is made anew.
 *
 * Where a chunk ends depends on the content of the items alone, so that an insertion moves no boundary behind it, and the same list is cut the same way
 * by every process.
 */
export class Chunker<T extends Versioned, C> {
  readonly #make: (items: readonly T[]) => C;
  /** By the first item of a chunk. */
  readonly #remembered = new WeakMap<T, Remembered<T, C>>();

  constructor(make: (items: readonly T[]) => C) {
    this.#make = make;
  }

  chunks(items: readonly T[]): C[] {
    const chunks: C[] = [];
    let start = 0;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const last = index === items.length - 1 || index - start + 1 === MAXIMUM_ITEMS;
      if (!last && item?.version.charCodeAt(item.version.length - 1) !== BOUNDARY) continue;
      chunks.push(this.#chunk(items, start, index + 1));
      start = index + 1;
    }
    return chunks;
  }

  #chunk(items: readonly T[], start: number, end: number): C {
    const first = items[start];
    const known = first === undefined ? undefined : this.#remembered.get(first);
    if (known !== undefined && sameItems(known.items, items, start, end)) return known.chunk;
    const mine = items.slice(start, end);
    const chunk = this.#make(mine);
    if (first !== undefined) this.#remembered.set(first, { items: mine, chunk });
    return chunk;
  }
}

function sameItems<T>(known: readonly T[], items: readonly T[], start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let index = 0; index < known.length; index++) if (known[index] !== items[start + index]) return false;
  return true;
}
