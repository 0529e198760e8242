import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { programName } from "./program-name.ts";
import { capturedTerminal } from "./testing/captured-terminal.ts";

test("the program is called by the shortest way that works", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "weir-name-"));
  t.after(() => rm(folder, { recursive: true }));
  const name = (path: string, workingDirectory: string): string =>
    programName(
      capturedTerminal({ environment: { PATH: path, WEIR_LAUNCHER: "/checkout/bin/weir" }, workingDirectory }),
    );
  assert.equal(name(folder, "/checkout"), "bin/weir");
  assert.equal(name(folder, "/elsewhere"), "/checkout/bin/weir");
  await writeFile(join(folder, "weir"), "");
  assert.equal(name(folder, "/checkout"), "bin/weir", "what cannot be run is no program");
  await chmod(join(folder, "weir"), 0o755);
  assert.equal(name(folder, "/checkout"), "weir");
  assert.equal(programName(capturedTerminal({ environment: {} })), "weir");
});
