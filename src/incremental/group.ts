import type { Change, Entry } from "./collection.ts";
import { CollectionNode } from "./node.ts";

/** Above this many changes to one group it is sorted anew rather than edited member by member. */
const REBUILD_ABOVE = 16;

/** How one entry of a group changed; undefined where it was, or is, not in it. */
interface Edit<V> extends Change<V> {
  readonly key: string;
}

/** The entries of a collection by group, each group sorted; a change costs a copy of the group's array, not a sort. */
export class GroupNode<V> extends CollectionNode<readonly Entry<V>[]> {
  private readonly input: CollectionNode<V>;
  private readonly groupsOf: (value: V, key: string) => Iterable<string>;
  private readonly compare: (a: Entry<V>, b: Entry<V>) => number;

  constructor(
    name: string,
    rank: number,
    input: CollectionNode<V>,
    groupsOf: (value: V, key: string) => Iterable<string>,
    compare: (a: V, b: V) => number,
  ) {
    super(name, rank, sameEntries);
    this.input = input;
    this.groupsOf = groupsOf;
    this.compare = (a, b) => compare(a.value, b.value) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  }

  recompute(): void {
    if (this.input.changes.size === 0) return;
    const edits = new Map<string, Edit<V>[]>();
    for (const [key, change] of this.input.changes) this.collect(key, change, edits);
    for (const [group, list] of edits) {
      this.recomputed++;
      const members = this.edit(this.values.get(group) ?? [], list);
      this.put(group, members.length === 0 ? undefined : members);
    }
  }

  private collect(key: string, change: Change<V>, edits: Map<string, Edit<V>[]>): void {
    const left = change.before === undefined ? new Set<string>() : new Set(this.groupsOf(change.before, key));
    const joined = change.after === undefined ? new Set<string>() : new Set(this.groupsOf(change.after, key));
    for (const group of left.union(joined)) {
      const edit = {
        key,
        before: left.has(group) ? change.before : undefined,
        after: joined.has(group) ? change.after : undefined,
      };
      const list = edits.get(group);
      if (list === undefined) edits.set(group, [edit]);
      else list.push(edit);
    }
  }

  private edit(current: readonly Entry<V>[], edits: readonly Edit<V>[]): readonly Entry<V>[] {
    const [first] = edits;
    if (first !== undefined && edits.length === 1) return this.editOne(current, first);
    if (edits.length > REBUILD_ABOVE) {
      const touched = new Set(edits.map((edit) => edit.key));
      const members = current.filter((member) => !touched.has(member.key));
      for (const { key, after } of edits) if (after !== undefined) members.push({ key, value: after });
      return members.sort(this.compare);
    }
    const members = current.slice();
    for (const { key, before, after } of edits) {
      if (before !== undefined) members.splice(this.placeOf(members, key, before), 1);
      if (after !== undefined) {
        const entry = { key, value: after };
        members.splice(lowerBound(members, entry, this.compare), 0, entry);
      }
    }
    return members;
  }

  /** One copy of the group wherever that suffices: groups of ten thousand members are edited all the time. */
  private editOne(current: readonly Entry<V>[], { key, before, after }: Edit<V>): readonly Entry<V>[] {
    const from = before === undefined ? undefined : this.placeOf(current, key, before);
    if (after === undefined) return from === undefined ? current : current.toSpliced(from, 1);
    const entry = { key, value: after };
    const to = lowerBound(current, entry, this.compare);
    if (from === undefined) return current.toSpliced(to, 0, entry);
    if (to === from || to === from + 1) return current.with(from, entry);
    return current.toSpliced(from, 1).toSpliced(to > from ? to - 1 : to, 0, entry);
  }

  private placeOf(members: readonly Entry<V>[], key: string, value: V): number {
    const index = lowerBound(members, { key, value }, this.compare);
    if (members[index]?.key !== key) throw new Error(`${this.name}: the order of group members is not total`);
    return index;
  }
}

function lowerBound<T>(sorted: readonly T[], item: T, compare: (a: T, b: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const probe = sorted[middle];
    if (probe !== undefined && compare(probe, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Members hold values that are already compared; only the references matter here. */
function sameEntries<V>(a: readonly Entry<V>[], b: readonly Entry<V>[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    const left = a[index];
    const right = b[index];
    // Nearly all members of a group of ten thousand are the same: they need not be looked into.
    if (left === right) continue;
    if (left?.key !== right?.key || left?.value !== right?.value) return false;
  }
  return true;
}
