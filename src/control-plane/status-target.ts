import { type Json, type ObjectRef, objectKey } from "../model/source-object.ts";
import type { Store } from "../sources/store/store.ts";
import type { StatusTarget } from "../status/writer.ts";

/** How often a status write is tried again when somebody else wrote the object in between. */
const ATTEMPTS = 5;

/**
 * Statuses on one machine: those of objects in the store are written into them, those of objects that files own are kept in memory, since Weir never
 * writes into a user's files.
 */
export class LocalStatusTarget implements StatusTarget {
  readonly #store: Store;
  readonly #isStored: (object: ObjectRef) => boolean;
  readonly #memory = new Map<string, Json>();
  readonly #onRemembered: (object: ObjectRef) => void;

  /**
   * @param isStored whether the object that counts is the store's.
   * @param onRemembered told when a status was kept in memory, so that watchers hear of it.
   */
  constructor(store: Store, isStored: (object: ObjectRef) => boolean, onRemembered: (object: ObjectRef) => void) {
    this.#store = store;
    this.#isStored = isStored;
    this.#onRemembered = onRemembered;
  }

  /** The status of an object that no store holds. */
  remembered(object: ObjectRef): Json | undefined {
    return this.#memory.get(objectKey(object));
  }

  forget(object: ObjectRef): void {
    this.#memory.delete(objectKey(object));
  }

  async update(object: ObjectRef, next: (previous: Json | undefined) => Json | undefined): Promise<boolean> {
    if (!this.#isStored(object)) return this.#remember(object, next(this.#memory.get(objectKey(object))));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const current = await this.#store.get(object);
      if (current === undefined) return false;
      const status = next(current.body.status);
      if (status === undefined) return false;
      const body = { ...current.body, status };
      const outcome = await this.#store.put(object, body, { expect: { kind: "revision", revision: current.revision } });
      if (outcome.kind !== "conflict") return true;
    }
    throw new Error("the object is being changed too often to write its status");
  }

  #remember(object: ObjectRef, status: Json | undefined): boolean {
    if (status === undefined) return false;
    this.#memory.set(objectKey(object), status);
    this.#onRemembered(object);
    return true;
  }
}
