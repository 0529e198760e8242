import { type ObjectRef, objectKey } from "../../model/source-object.ts";

/** Who wants which objects; an object is wanted for as long as anybody wants it. */
export class Needs {
  readonly #byOwner = new Map<string, readonly ObjectRef[]>();

  /** Replaces what the owner wants; whether that is a difference. */
  set(owner: string, objects: readonly ObjectRef[]): boolean {
    const before = this.#byOwner.get(owner) ?? [];
    const isSame = before.length === objects.length && before.every((ref, index) => isSameRef(ref, objects[index]));
    if (isSame) return false;
    if (objects.length === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, objects);
    return true;
  }

  /** The names that are wanted of one kind, by namespace. */
  of(group: string, kind: string): ReadonlyMap<string, ReadonlySet<string>> {
    const wanted = new Map<string, Set<string>>();
    for (const refs of this.#byOwner.values()) {
      for (const ref of refs) {
        if (ref.group !== group || ref.kind !== kind) continue;
        const names = wanted.get(ref.namespace) ?? new Set();
        wanted.set(ref.namespace, names.add(ref.name));
      }
    }
    return wanted;
  }
}

function isSameRef(one: ObjectRef, other: ObjectRef | undefined): boolean {
  return other !== undefined && objectKey(one) === objectKey(other);
}
