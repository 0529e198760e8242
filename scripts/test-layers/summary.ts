export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly test: string; readonly reason: string }[];
}

/** What the line with the summary of a layer starts with. */
export const summaryMark = "\u0001summary ";

/** What the line that names a test about to run starts with. */
export const startMark = "\u0001start ";
