import type { GroupKind } from "../../model/source-object.ts";
import type { Store, WatchOutcome } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** The one point in the history of a store in which nothing ever happens. */
const BEGINNING = "0";

/**
 * A store in which nothing is and nothing can be put, for a Weir whose objects all live elsewhere.
 * @param refusal what is told to whoever tries to write.
 */
export function noStore(refusal: string): Store {
  const refuse = (): Promise<never> => Promise.reject(new StoreError("read-only", refusal));
  return {
    get: () => Promise.resolve(undefined),
    list: (_query: { readonly kind: GroupKind }) =>
      Promise.resolve({ kind: "listed", objects: [], cursor: BEGINNING, next: undefined }),
    listAll: () => Promise.resolve({ objects: [], cursor: BEGINNING }),
    put: refuse,
    delete: refuse,
    watch: (): Promise<WatchOutcome> => Promise.resolve({ kind: "watching", stop: () => undefined }),
    acquireLease: refuse,
    releaseLease: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
