import type { TypeState } from "./type-state.ts";

/**
 * When time alone gives one of `states` something to send: a wait at the gate ends, or a resource has been unused for long enough. `introducedAt` is
 * when the client is taken to have said all that it has.
 */
export function nextDeadline(
  states: readonly TypeState[],
  now: number,
  removalGraceMs: number,
  introducedAt: number | undefined,
): number | undefined {
  if (!states.some(hasDeadline)) return undefined;
  const times: number[] = [];
  for (const state of states) {
    if (!hasDeadline(state)) continue;
    const release = state.gate.nextRelease(now);
    if (release !== undefined) times.push(release);
    for (const since of state.leaving.values()) if (since !== undefined) times.push(since + removalGraceMs);
    if (state.leaving.size > 0 && introducedAt !== undefined) times.push(introducedAt);
  }
  return times.length === 0 ? undefined : times.reduce((earliest, time) => Math.min(earliest, time));
}

/** While a response is on its way its answer comes first. */
function hasDeadline(state: TypeState): boolean {
  return state.outstanding === undefined && (state.gate.isWaiting || state.leaving.size > 0);
}
