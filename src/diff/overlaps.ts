import type { FullMatch } from "../compile/pattern.ts";
import type { Conjunction, PlannedRule } from "../compile/plan.ts";
import { matchesPath } from "../compile/predicates.ts";
import type { Entry } from "../incremental/collection.ts";
import type { PathMatch } from "../model/match.ts";
import { pathTexts } from "./value-texts.ts";

/** What a request must be like for two rules of a host to be for it. */
export interface Overlap {
  readonly path: string;
  readonly terms: Conjunction["terms"];
}

/** Finds overlaps, `most` of them at most. */
export class Overlaps {
  readonly #regex: FullMatch;
  readonly #texts = new Map<PathMatch, string | undefined>();
  #left: number;

  constructor(regex: FullMatch, most: number) {
    this.#regex = regex;
    this.#left = most;
  }

  /**
   * Between rules that are different and others behind them: requests that the former kept, or will keep, from the latter. Made for one of the two alone
   * a request need not show that, because what comes behind can be for more.
   */
  behind(
    rules: readonly Entry<PlannedRule>[],
    isDifferent: (entry: Entry<PlannedRule>) => boolean,
  ): readonly Overlap[] {
    const found: Overlap[] = [];
    const front: Conjunction[] = [];
    for (const entry of rules) {
      const { alternatives } = entry.value;
      if (isDifferent(entry)) front.push(...alternatives);
      else for (const one of front) for (const other of alternatives) this.#add(found, one, other);
      if (this.#left <= 0) break;
    }
    return found;
  }

  #add(found: Overlap[], front: Conjunction, back: Conjunction): void {
    const path = this.#left <= 0 ? undefined : this.#pathOfBoth(front.path, back.path);
    if (path === undefined) return;
    found.push({ path, terms: [...front.terms, ...back.terms] });
    this.#left--;
  }

  #pathOfBoth(one: PathMatch | undefined, other: PathMatch | undefined): string | undefined {
    const [first, second] = [this.#textOf(one), this.#textOf(other)];
    if (second !== undefined && this.#matches(one, second)) return second;
    return first !== undefined && this.#matches(other, first) ? first : undefined;
  }

  #matches(match: PathMatch | undefined, path: string): boolean {
    return match === undefined || matchesPath(match, path, this.#regex);
  }

  #textOf(match: PathMatch | undefined): string | undefined {
    if (match === undefined) return "/";
    if (!this.#texts.has(match)) this.#texts.set(match, pathTexts(match, this.#regex).matching[0]);
    return this.#texts.get(match);
  }
}
