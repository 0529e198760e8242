import type { HealthCheck } from "../api/server-options.ts";

/** Where a process stands between its start and its end. */
export type Phase = "starting" | "serving" | "stopping";

/**
 * The checks behind `/readyz`. `/healthz` has none of its own: that it answers shows that the process does its work, and starting it again would mend
 * nothing else, least of all an API server that is away.
 */
export function healthChecks(phase: () => Phase): readonly HealthCheck[] {
  const unless = (name: string, bad: Phase, problem: string): HealthCheck => ({
    name,
    isForReadinessOnly: true,
    check: () => (phase() === bad ? { ok: false, problem } : { ok: true }),
  });
  return [
    unless("sources", "starting", "the sources have not been read yet"),
    unless("shutdown", "stopping", "Weir is stopping"),
  ];
}
