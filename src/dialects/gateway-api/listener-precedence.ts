import { conflictBetween, type ListenerConflict, type ListenerEntry, withConflicts } from "./gateway-entry.ts";

/**
 * Decides who keeps a port and host of a Gateway when several objects want it: whoever claims first. A claim costs the same however many listeners
 * there are.
 */
export class ListenerPrecedence {
  readonly #ports = new Map<number, TakenPort>();

  /** @param gateway the Gateway's own listeners, which come before all others, conflicts among themselves or not. */
  constructor(gateway: readonly ListenerEntry[]) {
    for (const listener of gateway) this.#take(listener);
  }

  /**
   * The listeners of the next object, with their conflicts: first those with earlier objects, then those among what is left.
   */
  claim(listeners: readonly ListenerEntry[]): readonly ListenerEntry[] {
    const lost = new Map<string, ListenerEntry>();
    for (const listener of listeners) {
      const reason = this.#conflictOf(listener);
      if (reason !== undefined) lost.set(listener.key, { ...listener, conflict: { reason } });
    }
    const rest = withConflicts(listeners.filter(({ key }) => !lost.has(key)));
    for (const listener of rest) if (listener.conflict === undefined) this.#take(listener);
    const settled = new Map([...lost, ...rest.map((listener) => [listener.key, listener] as const)]);
    return listeners.flatMap(({ key }) => settled.get(key) ?? []);
  }

  #take(listener: ListenerEntry): void {
    if (!listener.supported) return;
    const port = this.#ports.get(listener.port) ?? { byProtocol: new Map(), byHost: new Map() };
    this.#ports.set(listener.port, port);
    if (!port.byProtocol.has(listener.protocol)) port.byProtocol.set(listener.protocol, listener);
    const sameHost = port.byHost.get(listener.hostname) ?? [];
    port.byHost.set(listener.hostname, [...sameHost, listener]);
  }

  #conflictOf(listener: ListenerEntry): ListenerConflict["reason"] | undefined {
    const port = this.#ports.get(listener.port);
    if (port === undefined) return undefined;
    const rivals = [...port.byProtocol.values(), ...(port.byHost.get(listener.hostname) ?? [])];
    const reasons = rivals.flatMap((rival) => conflictBetween(listener, rival) ?? []);
    return reasons.find((reason) => reason === "ProtocolConflict") ?? reasons[0];
  }
}

/** Who has come first on a port: one listener for each protocol, and the few (those that do not conflict) for each host. */
interface TakenPort {
  readonly byProtocol: Map<string, ListenerEntry>;
  readonly byHost: Map<string, readonly ListenerEntry[]>;
}
