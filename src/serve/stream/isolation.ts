/**
 * Finds out which part of a refused response a proxy refuses, so that the rest can advance.
 *
 * A unit is what can be held back on its own: a resource, or within a route table one virtual host or the table's head. A refused unit is
 * parked at its version until its content changes. When several units were refused together, they are tried again in halves, one group at
 * a time, until each refused one stands alone.
 */
export class Isolation {
  readonly #parked = new Map<string, string>();
  /** How many stand-ins of a parked unit were refused, where any were. */
  readonly #refusedStandIns = new Map<string, number>();
  #groups: ReadonlySet<string>[] = [];

  /** Whether `unit` may be sent at `version` now. */
  permits(unit: string, version: string): boolean {
    const group = this.#groups[0];
    return !this.isParked(unit, version) && (group === undefined || group.has(unit));
  }

  isParked(unit: string, version: string): boolean {
    return this.#parked.size > 0 && this.#parked.get(unit) === version;
  }

  /** Whether units of a refused response are still being tried. */
  get searching(): boolean {
    return this.#groups.length > 0;
  }

  /** Whether anything is held back at all. */
  get active(): boolean {
    return this.#groups.length > 0 || this.#parked.size > 0;
  }

  /** Parked units and their versions. */
  get parked(): ReadonlyMap<string, string> {
    return this.#parked;
  }

  /** Goes on to the next group: the proxy took the present one, or nothing of it is left to be sent. */
  next(): void {
    this.#groups.shift();
  }

  /** Parks a unit. One that is parked at this version already was sent a stand-in, and that was refused. */
  park(unit: string, version: string): void {
    if (this.isParked(unit, version)) this.#refusedStandIns.set(unit, this.refusedStandIns(unit) + 1);
    else this.#refusedStandIns.delete(unit);
    this.#parked.set(unit, version);
  }

  refusedStandIns(unit: string): number {
    return this.#refusedStandIns.get(unit) ?? 0;
  }

  /** Gives up a unit that is no longer wanted. */
  forget(unit: string): void {
    this.#parked.delete(unit);
    this.#refusedStandIns.delete(unit);
  }

  /** Tries each of `groups` in turn instead of the group that was refused. */
  search(groups: readonly (readonly string[])[]): void {
    this.next();
    this.#groups.unshift(...groups.filter((group) => group.length > 0).map((group) => new Set(group)));
  }
}

/** Halves of `units`; units the refusal mentions, if it mentions some but not all, form a group of their own, tried last. */
export function splitSuspects(
  units: readonly string[],
  mentioned: (unit: string) => boolean,
): readonly (readonly string[])[] {
  const named = units.filter(mentioned);
  if (named.length > 0 && named.length < units.length) return [units.filter((unit) => !mentioned(unit)), named];
  const middle = Math.ceil(units.length / 2);
  return [units.slice(0, middle), units.slice(middle)];
}
