import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { freshPlace, type Place, runWeir, upWords } from "./weir-under-test.ts";

/** The first 20 bytes of an ELF executable for a machine that this is not (ELF specification, e_machine). */
function foreignExecutable(): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);
  return header;
}

async function executable({ folder }: Place, content: string | Buffer): Promise<string> {
  const path = join(folder, "envoy");
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

test("the Envoy that was named is not there", async (t) => {
  const place = await freshPlace(t);
  const path = join(place.folder, "nowhere", "envoy");
  const { code, errors } = await runWeir(t, place, upWords(place, [], { flags: { "envoy-path": path } })).ended;
  assert.equal(code, 1, errors);
  assert.ok(errors.includes(`there is no file ${path}`), errors);
  assert.match(errors, /--envoy-path/);
});

test("the Envoy that was named was built for another machine", async (t) => {
  const place = await freshPlace(t);
  const path = await executable(place, foreignExecutable());
  const { code, errors } = await runWeir(t, place, upWords(place, [], { flags: { "envoy-path": path } })).ended;
  assert.equal(code, 1, errors);
  assert.ok(errors.includes(`${path} was built for another machine`), errors);
  assert.match(errors, /--envoy-path/);
});

test("what was named is no Envoy", async (t) => {
  const place = await freshPlace(t);
  const path = await executable(place, "#!/bin/sh\necho hello\n");
  const { code, errors } = await runWeir(t, place, upWords(place, [], { flags: { "envoy-path": path } })).ended;
  assert.equal(code, 1, errors);
  assert.ok(errors.includes(`${path} --version does not answer like Envoy`), errors);
  assert.match(errors, /--envoy-path/);
});

test("there is no Envoy, and nothing to install it with", async (t) => {
  const place = await freshPlace(t);
  const empty = join(place.folder, "empty");
  await mkdir(empty);
  const environment = { PATH: empty, XDG_CACHE_HOME: join(place.folder, "cache") };
  const { code, errors } = await runWeir(t, place, upWords(place, []), { environment }).ended;
  assert.equal(code, 1, errors);
  assert.match(errors, /[Pp]ython/);
  assert.match(errors, /--envoy-path/);
});
