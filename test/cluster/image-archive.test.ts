import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runCommand } from "../../scripts/cluster-tools/command.ts";
import { fullName, writeImageArchive } from "../../scripts/cluster-tools/image-archive.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-image-test-"));
});
after(() => rm(folder, { recursive: true, force: true }));

async function writeArchive(name: string, content: string): Promise<string> {
  const root = join(folder, name, "root");
  await mkdir(join(root, "etc"), { recursive: true });
  await writeFile(join(root, "etc/greeting"), content);
  const tags = ["weir/greeter:1"];
  return writeImageArchive(
    { tags, root, entrypoint: ["/greet"], environment: { A: "b" }, user: "5" },
    join(folder, name),
  );
}

/** An entry of a tar as JSON. */
async function entry(archive: string, name: string): Promise<unknown> {
  return JSON.parse(await runCommand("tar", ["--extract", "--to-stdout", "--file", archive, name]));
}

test("an archive names its layer and configuration by their hashes, and holds the files as root's", async () => {
  const archive = await writeArchive("one", "hello");
  const manifest = await entry(archive, "./manifest.json");
  assert.ok(Array.isArray(manifest));
  const [image] = manifest;
  assert.deepEqual(image.RepoTags, ["docker.io/weir/greeter:1"]);
  const configuration = await runCommand("tar", ["--extract", "--to-stdout", "--file", archive, `./${image.Config}`]);
  assert.equal(image.Config, `${createHash("sha256").update(configuration).digest("hex")}.json`);
  const { config, rootfs, os } = JSON.parse(configuration);
  assert.equal(os, "linux");
  assert.deepEqual(config, { Entrypoint: ["/greet"], Cmd: [], Env: ["A=b"], User: "5", WorkingDir: "/" });

  await runCommand("tar", ["--extract", "--file", archive, "--directory", folder, "./layer.tar"]);
  const layer = createHash("sha256")
    .update(await readFile(join(folder, "layer.tar")))
    .digest("hex");
  assert.deepEqual(rootfs.diff_ids, [`sha256:${layer}`]);
  const listing = await runCommand("tar", [
    "--list",
    "--verbose",
    "--numeric-owner",
    "--file",
    join(folder, "layer.tar"),
  ]);
  assert.match(listing, /0\/0\s+5 1970-01-01 00:00 \.\/etc\/greeting$/m);
});

test("the same files give the same bytes, other files others", async () => {
  const [first, same, other] = await Promise.all([
    writeArchive("first", "hello").then((file) => readFile(file)),
    writeArchive("same", "hello").then((file) => readFile(file)),
    writeArchive("other", "goodbye").then((file) => readFile(file)),
  ]);
  assert.ok(first.equals(same));
  assert.ok(!first.equals(other));
});

test("names are completed as container runtimes do it", () => {
  assert.equal(fullName("echo:1"), "docker.io/library/echo:1");
  assert.equal(fullName("weir/weir:1"), "docker.io/weir/weir:1");
  assert.equal(fullName("registry.k8s.io/pause:3.10"), "registry.k8s.io/pause:3.10");
  assert.equal(fullName("localhost/weir:1"), "localhost/weir:1");
  assert.equal(fullName("localhost:5000/weir:1"), "localhost:5000/weir:1");
});
