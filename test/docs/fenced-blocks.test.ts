import assert from "node:assert/strict";
import { test } from "node:test";
import { fencedBlocks, printsAsShown } from "./fenced-blocks.ts";

test("blocks are found with their language, flags and line", () => {
  const page = "# A\n\n```sh run\na\nb\n```\n\n- item\n  ```text output\n  c\n  ```\n```\nplain\n```\n";
  assert.deepEqual(fencedBlocks(page), [
    { language: "sh", flags: ["run"], text: "a\nb", line: 3 },
    { language: "text", flags: ["output"], text: "c", line: 9 },
    { language: "", flags: [], text: "plain", line: 12 },
  ]);
});

test("what is shown may leave out words and lines, and nothing else", () => {
  assert.ok(printsAsShown("a 1 b\n", "a … b"));
  assert.ok(!printsAsShown("a 1 c\n", "a … b"));
  assert.ok(printsAsShown("first\nx\ny\nlast\n", "first\n…\nlast"));
  assert.ok(printsAsShown("first\nlast\n", "first\n…\nlast"));
  assert.ok(!printsAsShown("first\nx\nlast\n", "first\nlast"));
  assert.ok(!printsAsShown("(a)\n", "(.)"), "signs stand for themselves");
});
