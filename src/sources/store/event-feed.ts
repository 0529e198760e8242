import { type GroupKind, kindKey } from "../../model/source-object.ts";
import type { StoreEvent, WatchListener } from "./store.ts";

interface Watcher {
  readonly kind: string | undefined;
  readonly listener: WatchListener;
}

/**
 * Hands events to the watchers of this process, one at a time and in order, within the call that publishes them. A listener that
 * writes to the store publishes again from inside its call: that event waits until the current one has reached everybody.
 */
export class EventFeed {
  readonly #watchers = new Set<Watcher>();
  readonly #waiting: StoreEvent[] = [];
  #running = false;

  /** Called before the watchers are: from then on the event counts as seen by everyone who watches. */
  readonly #onDispatch: (event: StoreEvent) => void;

  constructor(onDispatch: (event: StoreEvent) => void) {
    this.#onDispatch = onDispatch;
  }

  /**
   * Calls the listener for every event of the past, then for those to come. Returns the function that ends the watch; after it the
   * listener is not called any more.
   */
  add(kind: GroupKind | undefined, listener: WatchListener, past: readonly StoreEvent[]): () => void {
    const watcher = { kind: kind === undefined ? undefined : kindKey(kind), listener };
    this.#watchers.add(watcher);
    this.#run(() => {
      for (const event of past) if (this.#watchers.has(watcher)) shielded(() => listener.event(event));
    });
    return () => this.#watchers.delete(watcher);
  }

  publish(events: readonly StoreEvent[]): void {
    this.#waiting.push(...events);
    this.#run(() => {});
  }

  /** Does `first`, then everything that is waiting; inside another run, only `first`: what is waiting is the outer run's. */
  #run(first: () => void): void {
    if (this.#running) {
      first();
      return;
    }
    this.#running = true;
    try {
      first();
      for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) this.#dispatch(event);
    } finally {
      this.#running = false;
    }
  }

  /** Ends every watch: some events can no longer be delivered. */
  expire(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    this.#waiting.length = 0;
    for (const { listener } of watchers) shielded(() => listener.expired());
  }

  clear(): void {
    this.#watchers.clear();
    this.#waiting.length = 0;
  }

  #dispatch(event: StoreEvent): void {
    this.#onDispatch(event);
    const kind = kindKey(event.ref);
    for (const watcher of [...this.#watchers]) {
      if (watcher.kind !== undefined && watcher.kind !== kind) continue;
      if (this.#watchers.has(watcher)) shielded(() => watcher.listener.event(event));
    }
  }
}

/** A listener's mistake is not the writer's: the write stands. The error still ends the process unless someone handles it. */
function shielded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
