import type { Change, Entry } from "./collection.ts";
import { CollectionNode } from "./node.ts";

/** Above this many changes to one group it is sorted anew rather than edited member by member. */
const REBUILD_ABOVE = 16;

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
    const edits = new Map<string, { key: string; before: V | undefined; after: V | undefined }[]>();
    for (const [key, change] of this.input.changes) this.collect(key, change, edits);
    for (const [group, list] of edits) {
      this.recomputed++;
      const members = this.edit(this.values.get(group) ?? [], list);
      this.put(group, members.length === 0 ? undefined : members);
    }
  }

  private collect(
    key: string,
    change: Change<V>,
    edits: Map<string, { key: string; before: V | undefined; after: V | undefined }[]>,
  ): void {
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

  private edit(
    current: readonly Entry<V>[],
    edits: readonly { key: string; before: V | undefined; after: V | undefined }[],
  ): readonly Entry<V>[] {
    if (edits.length > REBUILD_ABOVE) {
      const touched = new Set(edits.map((edit) => edit.key));
      const members = current.filter((member) => !touched.has(member.key));
      for (const { key, after } of edits) if (after !== undefined) members.push({ key, value: after });
      return members.sort(this.compare);
    }
    const members = current.slice();
    for (const { key, before, after } of edits) {
      if (before !== undefined) {
        const index = lowerBound(members, { key, value: before }, this.compare);
        if (members[index]?.key === key) members.splice(index, 1);
        else throw new Error(`${this.name}: the order of group members is not total`);
      }
      if (after !== undefined) {
        const entry = { key, value: after };
        members.splice(lowerBound(members, entry, this.compare), 0, entry);
      }
    }
    return members;
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
    if (left?.key !== right?.key || left?.value !== right?.value) return false;
  }
  return true;
}
