/** Generations that a test sets. */
export class FakeGenerations {
  readonly #texts = new Map<string, string>();
  readonly #listeners: ((proxyClasses: ReadonlySet<string>) => void)[] = [];

  of(proxyClass: string): string {
    return this.#texts.get(proxyClass) ?? "";
  }

  set(proxyClass: string, text: string): void {
    this.#texts.set(proxyClass, text);
    for (const listener of this.#listeners) listener(new Set([proxyClass]));
  }

  subscribe(listener: (proxyClasses: ReadonlySet<string>) => void): void {
    this.#listeners.push(listener);
  }
}
