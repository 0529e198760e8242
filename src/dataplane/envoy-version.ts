import { access, constants } from "node:fs/promises";
import { binaryPlatform } from "./binary-platform.ts";
import { capture } from "./capture.ts";
import { EnvoyProblem } from "./envoy-problem.ts";

/** The oldest Envoy that Weir serves. */
export const oldestEnvoy = "1.38.0";

/**
 * The version of an Envoy binary, such as `1.40.0`, asked of the binary itself.
 *
 * Throws an EnvoyProblem when the file is missing, cannot be executed here, is not Envoy, or is older than `oldestEnvoy`.
 */
export async function readEnvoyVersion(path: string, environment?: NodeJS.ProcessEnv): Promise<string> {
  const result = await capture(path, ["--version"], environment);
  if (result.failure !== undefined) throw await startProblem(path, result.failure);
  if (/GLIBC_|version `GLIBC|not found \(required by/.test(result.stderr)) {
    throw new EnvoyProblem(
      "envoy-not-executable",
      `${path} needs a newer C library than this system has`,
      "Use a system with glibc 2.31 or newer, or build Envoy for this one and name it with --envoy-path.",
    );
  }
  const found = /version: [0-9a-f]+\/(\d+\.\d+\.\d+)/.exec(result.stdout);
  if (found?.[1] === undefined) {
    const built = await binaryPlatform(path);
    if (built !== undefined && built !== thisPlatform()) throw wrongArchitecture(path, built);
    throw new EnvoyProblem(
      "envoy-unknown-version",
      `${path} --version does not answer like Envoy (exit code ${result.code ?? "none"})`,
      "Name an Envoy binary with --envoy-path, or leave the flag away to have one installed.",
    );
  }
  const version = found[1];
  if (compareVersions(version, oldestEnvoy) < 0) {
    throw new EnvoyProblem(
      "envoy-too-old",
      `${path} is Envoy ${version}; Weir needs ${oldestEnvoy} or newer`,
      "Update it, or leave it away to have a current one installed.",
    );
  }
  return version;
}

async function startProblem(path: string, failure: string): Promise<EnvoyProblem> {
  if (failure === "ENOENT" || failure === "EACCES") {
    const there = await access(path, constants.F_OK).then(
      () => true,
      () => false,
    );
    if (!there) {
      return new EnvoyProblem(
        "envoy-not-found",
        `there is no file ${path}`,
        "Correct the path given with --envoy-path.",
      );
    }
    if (failure === "EACCES") {
      return new EnvoyProblem(
        "envoy-not-executable",
        `${path} may not be executed`,
        `Run 'chmod +x ${path}', and see that its file system is not mounted noexec.`,
      );
    }
    return new EnvoyProblem(
      "envoy-not-executable",
      `${path} needs a dynamic loader that this system does not have`,
      "Envoy needs glibc; on a musl system such as Alpine build it yourself and name it with --envoy-path.",
    );
  }
  return wrongArchitecture(path, failure);
}

function wrongArchitecture(path: string, built: string): EnvoyProblem {
  return new EnvoyProblem(
    "envoy-wrong-architecture",
    `${path} was built for another machine (${built}; this is ${thisPlatform()})`,
    `Name an Envoy for ${thisPlatform()} with --envoy-path, or leave the flag away to have one installed.`,
  );
}

/** Such as `linux x64`. */
export function thisPlatform(): string {
  return `${process.platform} ${process.arch}`;
}

/** Below 0 when `a` is older than `b`, above 0 when it is newer. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
