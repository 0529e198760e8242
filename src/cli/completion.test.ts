import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { commands } from "./command-table.ts";
import { renderCompletion } from "./completion.ts";

const execute = promisify(execFile);

/** What bash offers for the last of these words. */
async function offered(...words: string[]): Promise<readonly string[]> {
  const script = `${renderCompletion("bash", commands)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_weir
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execute("bash", ["-c", script], { cwd: "/" });
  return stdout.trim().split("\n");
}

test("bash is offered commands, commands of a group, and options", async () => {
  assert.deepEqual(await offered("weir", "ex"), ["explain"]);
  assert.deepEqual(await offered("weir", "proxy", ""), ["list", "config", "stats"]);
  assert.deepEqual(await offered("weir", "proxy", "stats", "--fil"), ["--filter"]);
  assert.deepEqual(await offered("weir", "get", "services", "--out"), ["--output"]);
  assert.ok((await offered("weir", "")).includes("up"));
});

test("every shell gets every command", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    const script = renderCompletion(shell, commands);
    for (const { name } of commands) assert.ok(script.includes(name.split(" ").at(-1) ?? ""), `${shell}: ${name}`);
  }
});
