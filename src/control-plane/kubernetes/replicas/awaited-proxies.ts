import type { Clock } from "../../../serve/clock.ts";

/**
 * How long proxies may take to connect again, to whichever replica: Envoy tries after half a second and then ever more slowly, and a replica that
 * was killed is replaced within ten seconds.
 */
const RETURN_MS = 15_000;

/**
 * Classes whose proxies are all cut off but may be back in a moment: they serve what they have meanwhile, and a Gateway is not taken to be down
 * because a replica of the control plane restarts. A replica that has just started awaits all of them, since it does not know who was connected.
 */
export class AwaitedProxies {
  readonly #clock: Pick<Clock, "after">;
  readonly #over: (proxyClass: string) => void;
  readonly #timers = new Map<string, () => void>();
  /** Whether everybody had the time to connect since this replica started. */
  #knows = false;

  /** @param over told of each class that is awaited no longer and did not come back. */
  constructor(clock: Pick<Clock, "after">, over: (proxyClass: string) => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** Begins to await all that there may be; `classes` is asked who that was when the time is over. */
  start(classes: () => Iterable<string>): void {
    const cancel = this.#clock.after(RETURN_MS, () => {
      this.#knows = true;
      for (const proxyClass of classes()) this.#over(proxyClass);
    });
    this.#timers.set("", cancel);
  }

  has(proxyClass: string): boolean {
    return !this.#knows || this.#timers.has(proxyClass);
  }

  /** The last proxy of a class is cut off. */
  lost(proxyClass: string): void {
    this.#cancel(proxyClass);
    const cancel = this.#clock.after(RETURN_MS, () => {
      this.#timers.delete(proxyClass);
      this.#over(proxyClass);
    });
    this.#timers.set(proxyClass, cancel);
  }

  /** A proxy of the class is connected. */
  returned(proxyClass: string): void {
    this.#cancel(proxyClass);
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #cancel(proxyClass: string): void {
    this.#timers.get(proxyClass)?.();
    this.#timers.delete(proxyClass);
  }
}
