import { chmod, cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findEnvoy } from "../../src/dataplane/envoy-install.ts";
import { ensureProgram } from "./binaries.ts";
import { runCommand } from "./command.ts";
import { pauseImage } from "./containerd.ts";
import { corednsImage } from "./coredns.ts";
import { type ImageDescription, writeImageArchive } from "./image-archive.ts";
import { copyProgram, nonRoot, writeRootBasics } from "./image-root.ts";
import type { ClusterPlaces } from "./places.ts";

const repository = resolve(import.meta.dirname, "../..");

export interface ImageContext {
  readonly places: ClusterPlaces;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (message: string) => void;
}

/** An image without its root, and how to fill one. */
interface LocalImage extends Omit<ImageDescription, "root" | "tags"> {
  readonly tags: () => Promise<readonly string[]> | readonly string[];
  readonly fill: (root: string, context: ImageContext) => Promise<void>;
}

/** The images that can be made from what this machine has. */
export const localImages = {
  pause: {
    tags: () => [pauseImage],
    entrypoint: ["/pause"],
    user: "65535:65535",
    fill: async (root, context) => copyProgram(root, await program("pause", context), "/pause"),
  },
  coredns: {
    tags: () => [corednsImage],
    entrypoint: ["/coredns"],
    fill: async (root, context) => copyProgram(root, await program("coredns", context), "/coredns"),
  },
  // The manifests of the Gateway API's conformance suite name three versions of the same program.
  "echo-basic": {
    tags: () =>
      ["v1.5.1", "v1.6.0-dev.2", "v1.6.0-dev.3"].map((tag) => `registry.k8s.io/gateway-api/echo-basic:${tag}`),
    entrypoint: ["/echo-basic"],
    user: nonRoot,
    fill: async (root, context) => copyProgram(root, await program("echo-basic", context), "/echo-basic"),
  },
  envoy: {
    tags: () => ["envoyproxy/envoy:distroless-v1.40.0"],
    entrypoint: ["/usr/local/bin/envoy"],
    arguments: ["-c", "/etc/envoy/envoy.yaml"],
    user: nonRoot,
    fill: fillEnvoy,
  },
  weir: {
    tags: async () => [`weir/weir:${(await readPackage()).version}`],
    entrypoint: ["/opt/weir/bin/weir"],
    environment: {
      PATH: "/opt/weir/bin:/opt/weir/node_modules/node/bin:/usr/bin:/bin",
      HOME: "/home/nonroot",
      NODE_COMPILE_CACHE: "/opt/weir/compiled",
    },
    user: nonRoot,
    workingFolder: "/opt/weir",
    fill: fillWeir,
  },
} as const satisfies Readonly<Record<string, LocalImage>>;

export type LocalImageName = keyof typeof localImages;

/** Makes one image and hands its archive to `use`; the archive is gone afterwards. */
export async function withLocalImage(
  name: LocalImageName,
  context: ImageContext,
  use: (archive: string) => Promise<void>,
): Promise<void> {
  const { tags, fill: _, ...description }: LocalImage = localImages[name];
  await withArchive(async (root) => {
    await fillRoot(name, root, context);
    return { ...description, root, tags: await tags() };
  }, use);
}

/** Fills an existing folder with what is in an image. */
export async function fillRoot(name: LocalImageName, root: string, context: ImageContext): Promise<void> {
  await writeRootBasics(root);
  await localImages[name].fill(root, context);
}

/** Lets `describe` fill a root, makes an archive of it and hands that to `use`. */
export async function withArchive(
  describe: (root: string) => Promise<ImageDescription>,
  use: (archive: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "weir-image-"));
  try {
    const root = join(folder, "root");
    await mkdir(root);
    await use(await writeImageArchive(await describe(root), folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function program(
  name: "pause" | "coredns" | "echo-basic",
  { places, environment, say }: ImageContext,
): Promise<string> {
  return ensureProgram(places.cache, name, environment, say);
}

async function fillEnvoy(root: string, { places, environment, say }: ImageContext): Promise<void> {
  const envoy = await findEnvoy({ cache: places.weirCache, environment, onProgress: say });
  await copyProgram(root, envoy.path, "/usr/local/bin/envoy");
}

/** The published package with the packages that it needs, the Node that runs it, and the shell that starts it. */
async function fillWeir(root: string, { environment }: ImageContext): Promise<void> {
  const home = join(root, "opt/weir");
  const { version, packages } = await readPackage();
  await mkdir(join(home, "dist"), { recursive: true });
  await runCommand(
    join(repository, "node_modules/.bin/tsc"),
    [
      "-p",
      "tsconfig.build.json",
      "--noCheck",
      "--declaration",
      "false",
      "--sourceMap",
      "false",
      "--outDir",
      join(home, "dist"),
    ],
    { folder: repository },
  );
  for (const path of ["package.json", "bin", "examples", ...packages]) {
    await cp(join(repository, path), join(home, path), { recursive: true, verbatimSymlinks: true });
  }
  await copyProgram(root, join(repository, "node_modules/node/bin/node"), "/opt/weir/node_modules/node/bin/node");
  await copyProgram(root, "/bin/sh", "/bin/sh");
  // Compiles what every start needs, once: a read-only image cannot do that later. Node keeps this by user. It also proves
  // that the image has what its program needs.
  const compiled = join(home, "compiled");
  await mkdir(compiled, { mode: 0o777 });
  await chmod(compiled, 0o777);
  const compiling = { PATH: environment.PATH, NODE_COMPILE_CACHE: "/opt/weir/compiled", HOME: "/home/nonroot" };
  const inImage = [`--userspec=${nonRoot}`, root, "/opt/weir/bin/weir", "--version"];
  const printed = await runCommand("chroot", inImage, { environment: compiling });
  await chmod(compiled, 0o755);
  if (!printed.includes(version)) throw new Error(`the Weir in the image says that it is ${printed}, not ${version}`);
}

/** The version, and the folders of the packages that a published Weir needs. */
async function readPackage(): Promise<{ readonly version: string; readonly packages: readonly string[] }> {
  const lock: {
    readonly version: string;
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
  } = JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8"));
  const packages = Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true)
    .map(([path]) => path)
    // A package inside another's folder comes with it.
    .filter((path, _, all) => !all.some((other) => path.startsWith(`${other}/`)));
  return { version: lock.version, packages };
}
