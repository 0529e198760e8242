import type { LeaseOutcome } from "../store.ts";
import { integerOf, textOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  readonly now: number;
  readonly durationMs: number;
}

/** Runs inside a write transaction, as the functions below: two processes must not both find the lease free. */
export function acquireLease(statements: Statements, { name, holder, now, durationMs }: LeaseRequest): LeaseOutcome {
  const row = statements.lease.get(name);
  const current = row && { holder: textOf(row, "holder"), expiresAt: integerOf(row, "expires_at") };
  if (current && current.holder !== holder && current.expiresAt > now) return { kind: "taken", ...current };
  const token = (row ? integerOf(row, "token") : 0) + (current?.holder === holder ? 0 : 1);
  const expiresAt = now + durationMs;
  statements.setLease.run(name, holder, token, expiresAt);
  return { kind: "held", token, expiresAt };
}

/** The row stays, so that the token goes on rising. */
export function releaseLease(statements: Statements, name: string, holder: string): void {
  const row = statements.lease.get(name);
  if (row && textOf(row, "holder") === holder) statements.setLease.run(name, "", integerOf(row, "token"), 0);
}

/** Whether nobody has taken the lease since the token was given out. */
export function isCurrentToken(statements: Statements, lease: string, token: number): boolean {
  const row = statements.lease.get(lease);
  return row !== undefined && integerOf(row, "token") === token;
}
