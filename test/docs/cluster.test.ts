/** The pages about clusters, carried out in one: examples in their order, as somebody would who reads them. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBlock } from "./block-runner.ts";
import { isForCluster, neededProgram, stretches } from "./cluster-pages.ts";
import { ClusterShell } from "./cluster-shell.ts";
import { fencedBlocks } from "./fenced-blocks.ts";

const root = join(import.meta.dirname, "../..");
const pages = globSync("docs/**/*.md", { cwd: root })
  .toSorted()
  .map((page) => {
    const text = readFileSync(join(root, page), "utf8");
    return { page, text, blocks: fencedBlocks(text) };
  });

const obstacle = await ClusterShell.obstacle();

describe("what the documentation shows of clusters", { skip: obstacle ?? false }, () => {
  let shell: ClusterShell | undefined;
  before(async () => {
    shell = await ClusterShell.open();
  });
  after(() => shell?.close());

  for (const { title, page, blocks } of stretches(pages, "docs/install.md")) {
    test(`the commands of ${title} work, in their order`, async (t) => {
      if (shell === undefined) return;
      for (const [index, block] of blocks.entries()) {
        if (!isForCluster(block)) continue;
        const needed = neededProgram(block);
        if (needed !== undefined && !(await shell.has(needed))) {
          await t.test(`${page}:${block.line}`, { skip: `${needed} is not installed` });
          continue;
        }
        await runBlock(page, block, blocks[index + 1], shell.runner);
      }
    });
  }
});
