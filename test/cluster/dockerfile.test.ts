/** The image that deploy/Dockerfile makes, and the one of scripts/cluster, are the same: they are filled by the same code, and started alike. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { localImages } from "../../scripts/cluster-tools/images.ts";

const text = readFileSync(join(import.meta.dirname, "../../deploy/Dockerfile"), "utf8");

test("deploy/Dockerfile starts Weir as the image of scripts/cluster does", () => {
  const { entrypoint, environment, user, workingFolder } = localImages.weir;
  const values = (instruction: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^${instruction} (.*)$`, "gm"))].map(([, value = ""]) => value);
  assert.deepEqual(JSON.parse(values("ENTRYPOINT").join("")), entrypoint);
  assert.deepEqual(
    values("ENV"),
    Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  );
  assert.deepEqual(values("USER"), [user]);
  assert.equal(values("WORKDIR").at(-1), workingFolder);
});
