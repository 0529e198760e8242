import type { ConnectedProxy, ProxyListener, ProxyRefusal, ProxyResponse } from "../serve/registry.ts";

/** Knows what proxies have refused before, so that what is offered again and again is not complained about each time. */
export class RepeatedRefusals implements ProxyListener {
  /** By connection, then by resource: the versions and hosts it was about and the proxy's words. */
  readonly #told = new Map<number, Map<string, string>>();

  /** Whether the proxy said the same about the same before, and has not taken it since. To be asked once for each refusal. */
  isRepeated({ connection }: ConnectedProxy, { type, message, culprits }: ProxyRefusal): boolean {
    const told = this.#told.get(connection) ?? new Map<string, string>();
    this.#told.set(connection, told);
    const said = JSON.stringify([message, culprits]);
    const names = culprits.map(({ resource }) => `${type} ${resource}`);
    const isRepeated = names.length > 0 && names.every((name) => told.get(name) === said);
    for (const name of names) told.set(name, said);
    return isRepeated;
  }

  acknowledged({ connection }: ConnectedProxy, { type, resources }: ProxyResponse): void {
    const told = this.#told.get(connection);
    if (told !== undefined) for (const { name } of resources) told.delete(`${type} ${name}`);
  }

  disconnected({ connection }: ConnectedProxy): void {
    this.#told.delete(connection);
  }
}
