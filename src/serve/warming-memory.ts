/** Nodes beyond this are forgotten, the oldest first. */
const maxNodes = 10_000;

/**
 * Remembers, from one stream of a proxy to its next, which endpoints it had not acknowledged. A cluster that waits for them warms with endpoints
 * that arrive now, not with those the proxy knows, so they are sent again even where their version is what the proxy lists.
 */
export class WarmingMemory {
  readonly #owed = new Map<string, ReadonlySet<string>>();

  /** At the end of a stream. */
  remember(proxyClass: string, nodeId: string, endpoints: ReadonlySet<string>): void {
    if (nodeId === "" || endpoints.size === 0) return;
    this.#owed.set(keyOf(proxyClass, nodeId), endpoints);
    if (this.#owed.size <= maxNodes) return;
    const [oldest] = this.#owed.keys();
    if (oldest !== undefined) this.#owed.delete(oldest);
  }

  /** At the start of the next stream; what it gives is forgotten. */
  recall(proxyClass: string, nodeId: string): ReadonlySet<string> {
    const key = keyOf(proxyClass, nodeId);
    const owed = this.#owed.get(key) ?? new Set();
    this.#owed.delete(key);
    return owed;
  }
}

function keyOf(proxyClass: string, nodeId: string): string {
  return JSON.stringify([proxyClass, nodeId]);
}
