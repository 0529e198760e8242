import type { LocatePosition } from "../model/provenance.ts";
import type { GroupKind, ObjectRef, SourceObject } from "../model/source-object.ts";
import type { SourceChange } from "../sources/source.ts";

/**
 * The merged view of all sources, for the objects that are not in the store: they are listed and read through the API like all
 * others, but belong to whoever wrote them down. Objects whose `source` is the store's are taken from the store itself and may be
 * left out. An object's `body` is shown as it is, status included.
 */
export interface ReadOverlay {
  get(ref: ObjectRef): SourceObject | undefined;
  list(kind: GroupKind): Iterable<SourceObject>;
  /** The line of an object in a text, for messages. */
  readonly locate: LocatePosition;
  /** Called after every change, status included, with the keys as `objectKey` makes them. Returns the function that ends it. */
  subscribe(listener: (changes: readonly SourceChange[]) => void): () => void;
}
