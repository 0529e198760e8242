import type { DialectOptions } from "../dialect.ts";

/** Why a listener cannot have a port. */
export function describeReserved(port: number, use: string): string {
  return `Each proxy answers ${use} itself on port ${port}.`;
}

/** Which ports listeners cannot have. */
export function reservedHint({ reservedPorts = new Map() }: DialectOptions): string {
  const uses = Array.from(reservedPorts, ([port, use]) => `${port} (${use})`);
  return `Give it another port; reserved are ${uses.join(" and ")}.`;
}
