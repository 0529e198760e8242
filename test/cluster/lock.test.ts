import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { withLock } from "../../scripts/cluster-tools/lock.ts";

describe("a lock", { skip: process.platform === "linux" ? false : "it reads /proc, which only Linux has" }, () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "weir-lock-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is free again when the work has failed", async () => {
    const file = join(folder, "failed");
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await withLock(file, () => Promise.resolve(7)), 7);
    assert.deepEqual(await readdir(folder), []);
  });

  it("counts for nothing when its owner's number belongs to another process", async () => {
    const file = join(folder, "stale");
    await writeFile(file, JSON.stringify({ name: "lock", pid: process.pid, startTime: "1" }));
    assert.equal(await withLock(file, () => Promise.resolve("done")), "done");
    assert.deepEqual(await readdir(folder), []);
  });

  it("is there while the work goes on", async () => {
    const file = join(folder, "held");
    await withLock(file, async () => {
      await turn();
      assert.deepEqual(await readdir(folder), ["held"]);
    });
  });
});
