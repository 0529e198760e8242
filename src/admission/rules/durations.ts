const units: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
};

/** Length of a GEP-2257 duration ("1h30m", "500ms"); undefined if the text is none. */
export function nanoseconds(duration: string | undefined): bigint | undefined {
  if (duration === undefined || !/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(duration)) return undefined;
  let total = 0n;
  for (const [, digits = "", unit = ""] of duration.matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    total += BigInt(digits) * (units[unit] ?? 0n);
  }
  return total;
}
