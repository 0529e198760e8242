const units = [
  { name: "d", ms: 86_400_000, next: "h", nextMs: 3_600_000, bothBelow: 8 },
  { name: "h", ms: 3_600_000, next: "m", nextMs: 60_000, bothBelow: 8 },
  { name: "m", ms: 60_000, next: "s", nextMs: 1000, bothBelow: 10 },
] as const;

/** "43s", "2m5s", "17m", "3h20m", "2d4h", "40d": two units while the first is small, as kubectl shows ages. */
export function renderAge(ms: number): string {
  for (const { name, ms: unit, next, nextMs, bothBelow } of units) {
    if (ms < unit * (name === "m" ? 2 : 1)) continue;
    const whole = Math.floor(ms / unit);
    const rest = Math.floor((ms % unit) / nextMs);
    return whole < bothBelow && rest > 0 ? `${whole}${name}${rest}${next}` : `${whole}${name}`;
  }
  return `${Math.max(0, Math.floor(ms / 1000))}s`;
}
