export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly test: string; readonly reason: string }[];
}

export const failedOnce: Summary = { passed: 0, failed: 1, skipped: [] };

/** Of a layer that was not run. */
export function skippedWhole(reason: string): Summary {
  return { passed: 0, failed: 0, skipped: [{ test: "all of it", reason }] };
}

/** What the line with the summary of a layer starts with. */
export const summaryMark = "\u0001summary ";

/** What the line that names a test about to run starts with. */
export const startMark = "\u0001start ";
