/** A prime near a million: no share that is counted in millionths says anything about a remainder by it. */
const INDEPENDENT_TOTAL = 1_000_003;

/** Envoy refuses a split whose weights add up to more. */
const MAXIMUM_TOTAL = 4_294_967_295;

/**
 * The weights of a split as Envoy gets them.
 *
 * Envoy draws one random number for a request and uses it for shares of traffic and for splits alike: with a share of 10 in 100 and weights of 50 and
 * 50, the second cluster would never be chosen. Where a share stands before the split, the weights are scaled to a total that has no divisor in
 * common with the denominator of shares, which makes the two independent.
 */
export function splitWeights(weights: readonly number[], afterShare: boolean): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!afterShare && total <= MAXIMUM_TOTAL) return [...weights];
  return apportion(weights, total);
}

/** Largest remainder: whole weights that keep the proportions and add up exactly; whoever had a weight keeps at least 1. */
function apportion(weights: readonly number[], total: number): number[] {
  const exact = weights.map((weight) => (weight / total) * INDEPENDENT_TOTAL);
  const whole = exact.map((value) => (value > 0 ? Math.max(1, Math.floor(value)) : 0));
  let missing = INDEPENDENT_TOTAL - whole.reduce((sum, value) => sum + value, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value), value }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) {
    if (missing <= 0) break;
    whole[index] = (whole[index] ?? 0) + 1;
    missing--;
  }
  // Weights that were lifted to 1 are paid for by the largest one.
  if (missing < 0) {
    const largest = whole.indexOf(Math.max(...whole));
    whole[largest] = (whole[largest] ?? 0) + missing;
  }
  return whole;
}
