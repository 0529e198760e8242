const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** An age in the form kubectl shows ("5m30s", "3d4h", "2y10d"): two units where the larger is small, one otherwise. */
export function humanDuration(milliseconds: number): string {
  const age = Math.max(0, milliseconds);
  if (age < 2 * MINUTE) return `${Math.floor(age / SECOND)}s`;
  if (age < 10 * MINUTE) return pair(age, MINUTE, "m", SECOND, "s");
  if (age < 3 * HOUR) return `${Math.floor(age / MINUTE)}m`;
  if (age < 8 * HOUR) return pair(age, HOUR, "h", MINUTE, "m");
  if (age < 2 * DAY) return `${Math.floor(age / HOUR)}h`;
  if (age < 8 * DAY) return pair(age, DAY, "d", HOUR, "h");
  if (age < 2 * YEAR) return `${Math.floor(age / DAY)}d`;
  if (age < 8 * YEAR) return pair(age, YEAR, "y", DAY, "d");
  return `${Math.floor(age / YEAR)}y`;
}

function pair(age: number, unit: number, name: string, smaller: number, smallerName: string): string {
  const whole = Math.floor(age / unit);
  const rest = Math.floor((age - whole * unit) / smaller);
  return rest === 0 ? `${whole}${name}` : `${whole}${name}${rest}${smallerName}`;
}
