import assert from "node:assert/strict";
import { test } from "node:test";
import { isForCluster, neededProgram, stretches } from "./cluster-pages.ts";
import { fencedBlocks } from "./fenced-blocks.ts";

const page = (name: string, text: string) => ({ page: name, text, blocks: fencedBlocks(text) });
const command = (text: string, flags = "cluster") => `\`\`\`sh ${flags}\n${text}\n\`\`\`\n`;

test("pages find what the first one has installed, and it is removed last", () => {
  const install = page("b.md", `${command("install")}\n## Uninstall\n\n${command("remove")}`);
  const operate = page("c.md", command("upgrade"));
  const other = page("a.md", command("elsewhere", "run"));
  const order = stretches([other, install, operate], "b.md").map(({ title, blocks }) => [
    title,
    blocks.filter(isForCluster).map(({ text }) => text),
  ]);
  assert.deepEqual(order, [
    ["b.md, up to Uninstall", ["install"]],
    ["c.md", ["upgrade"]],
    ["b.md, from Uninstall on", ["remove"]],
  ]);
});

test("a block may need a program", () => {
  const [first, second] = fencedBlocks(command("helm list", "cluster needs=helm") + command("kubectl get pods"));
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(neededProgram(first), "helm");
  assert.equal(neededProgram(second), undefined);
});
