/** What has a content version. */
interface Versioned {
  readonly version: string;
}

/** Chunks end behind items whose version ends in this character; with 64 possible ones a chunk has 64 items on average. */
const BOUNDARY = "A".charCodeAt(0);

/** A long run of one item repeated would have no boundary. */
const MAXIMUM_ITEMS = 1_024;

/** Lists shorter than this are mostly one chunk, which every edit makes anew: nothing is remembered of them. */
const REMEMBERED_FROM = 32;

interface Chunk<C> {
  /** Index of its first item. */
  readonly start: number;
  /** Index behind its last item. */
  readonly end: number;
  readonly made: C;
}

/** A list of items, one for each source, and what was made of its chunks. */
interface Cut<S, T, C> {
  readonly sources: readonly S[];
  readonly items: readonly T[];
  readonly chunks: readonly Chunk<C>[];
}

/**
 * Cuts lists into chunks and makes something of each, remembering what was made: an edit of a long list costs the chunk with the edit, and a look for where
 * the list differs from the one before.
 *
 * Where a chunk ends depends on the content of the items alone, so that an insertion moves no boundary behind it, and the same list is cut the same way
 * by every process.
 */
export class Chunker<S, T extends Versioned, C> {
  readonly #itemOf: (source: S) => T;
  readonly #make: (items: readonly T[]) => C;
  /** The latest cut of each long list. */
  readonly #remembered = new Map<string, Cut<S, T, C>>();

  /** @param itemOf must give the same item for the same source. */
  constructor(itemOf: (source: S) => T, make: (items: readonly T[]) => C) {
    this.#itemOf = itemOf;
    this.#make = make;
  }

  /** @param list names the list: the cut before of the same name is what this one is compared with. */
  cut(list: string, sources: readonly S[]): { readonly items: readonly T[]; readonly chunks: readonly C[] } {
    const cut = this.#recut(this.#remembered.get(list) ?? nothing, sources);
    if (sources.length < REMEMBERED_FROM) this.#remembered.delete(list);
    else this.#remembered.set(list, cut);
    return { items: cut.items, chunks: cut.chunks.map(({ made }) => made) };
  }

  /** There is no such list any more. */
  forget(list: string): void {
    this.#remembered.delete(list);
  }

  #recut(known: Cut<S, T, C>, sources: readonly S[]): Cut<S, T, C> {
    const before = equalFromStart(known.sources, sources);
    const behind = equalFromEnd(known.sources, sources, before);
    const growth = sources.length - known.sources.length;
    const items = known.items.slice(0, before).concat(
      sources.slice(before, sources.length - behind).map((source) => this.#itemOf(source)),
      known.items.slice(known.items.length - behind),
    );
    // What is behind a chunk does not count for it, but for the last, which the end of the list may have cut.
    const chunks = known.chunks.filter(({ end }, index) => end <= before && index < known.chunks.length - 1);
    let start = chunks.at(-1)?.end ?? 0;
    const earlier = new Map(known.chunks.map((chunk) => [known.items[chunk.start], chunk]));
    const same = known.chunks.filter((chunk) => chunk.start >= known.items.length - behind);
    for (let index = start; index < items.length; index++) {
      const isLast = index === items.length - 1 || index - start + 1 === MAXIMUM_ITEMS;
      if (!isLast && !isBoundary(items[index])) continue;
      const mine = items.slice(start, index + 1);
      // Several edits at once may leave some chunks as they are between two that change.
      const twin = earlier.get(items[start]);
      const isTwin = twin !== undefined && sameItems(known.items, twin, mine);
      chunks.push({ start, end: index + 1, made: isTwin ? twin.made : this.#make(mine) });
      start = index + 1;
      // Where a chunk began before too, behind the last edit, all that follows is cut as it was.
      const next = same.findIndex((chunk) => chunk.start + growth === start);
      if (next < 0) continue;
      for (const chunk of same.slice(next)) {
        chunks.push({ start: chunk.start + growth, end: chunk.end + growth, made: chunk.made });
      }
      break;
    }
    return { sources, items, chunks };
  }
}

const nothing = { sources: [], items: [], chunks: [] };

function isBoundary(item: Versioned | undefined): boolean {
  return item?.version.charCodeAt(item.version.length - 1) === BOUNDARY;
}

/** Whether this range of `known` holds the items of `mine`. */
function sameItems<T>(known: readonly T[], { start, end }: Chunk<unknown>, mine: readonly T[]): boolean {
  return end - start === mine.length && mine.every((item, index) => item === known[start + index]);
}

function equalFromStart<S>(a: readonly S[], b: readonly S[]): number {
  const length = Math.min(a.length, b.length);
  let count = 0;
  while (count < length && a[count] === b[count]) count++;
  return count;
}

/** How many of both are equal at the end, but for the first `taken`. */
function equalFromEnd<S>(a: readonly S[], b: readonly S[], taken: number): number {
  const length = Math.min(a.length, b.length) - taken;
  let count = 0;
  while (count < length && a[a.length - 1 - count] === b[b.length - 1 - count]) count++;
  return count;
}
