import type { FencedBlock } from "./fenced-blocks.ts";

/** A stretch of a page, carried out as a whole in the cluster of the run. */
export interface Stretch {
  readonly title: string;
  readonly page: string;
  readonly blocks: readonly FencedBlock[];
}

/** The flag of blocks that are carried out in a cluster. */
export const clusterFlag = "cluster";

/** `needs=helm`: the program without which a block is skipped. */
export function neededProgram({ flags }: FencedBlock): string | undefined {
  const flag = flags.find((each) => each.startsWith("needs="));
  return flag?.slice("needs=".length);
}

/**
 * The order in which pages about clusters are carried out: the first one brings Weir into the cluster, the others find it there, and
 * what the first says from its line `## Uninstall` on comes last.
 */
export function stretches(
  pages: readonly { readonly page: string; readonly text: string; readonly blocks: readonly FencedBlock[] }[],
  first: string,
): readonly Stretch[] {
  const beginning = pages.find(({ page }) => page === first);
  if (beginning === undefined) return [];
  const end = beginning.text.split("\n").indexOf("## Uninstall") + 1;
  const others = pages.filter(({ page, blocks }) => page !== first && blocks.some(isForCluster));
  return [
    { title: `${first}, up to Uninstall`, page: first, blocks: beginning.blocks.filter(({ line }) => line < end) },
    ...others.map(({ page, blocks }) => ({ title: page, page, blocks })),
    { title: `${first}, from Uninstall on`, page: first, blocks: beginning.blocks.filter(({ line }) => line > end) },
  ];
}

export function isForCluster({ flags }: FencedBlock): boolean {
  return flags.includes(clusterFlag);
}
