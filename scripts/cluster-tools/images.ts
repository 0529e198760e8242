import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy } from "../../src/dataplane/envoy-install.ts";
import { ensureProgram } from "./binaries.ts";
import { pauseImage } from "./containerd.ts";
import { corednsImage } from "./coredns.ts";
import { type ImageDescription, writeImageArchive } from "./image-archive.ts";
import { copyProgram, nonRoot, writeRootBasics } from "./image-root.ts";
import type { ClusterPlaces } from "./places.ts";
import { fillWeir, readPackage, repository, withCheckout } from "./weir-image.ts";

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
    tags: async () => [`weir/weir:${(await readPackage(repository)).version}`],
    entrypoint: ["/opt/weir/bin/weir"],
    environment: {
      PATH: "/opt/weir/bin:/opt/weir/node_modules/node/bin:/usr/bin:/bin",
      HOME: "/home/nonroot",
      NODE_COMPILE_CACHE: "/opt/weir/compiled",
    },
    user: nonRoot,
    workingFolder: "/opt/weir",
    fill: (root, { environment }) => fillWeir(root, repository, environment),
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

/** Makes the image of Weir as it was at a commit, tagged with what names the commit. */
export async function withOlderWeir(
  commit: string,
  { environment }: ImageContext,
  use: (archive: string) => Promise<void>,
): Promise<void> {
  const { tags: _tags, fill: _fill, ...description }: LocalImage = localImages.weir;
  await withCheckout(commit, (checkout) =>
    withArchive(async (root) => {
      await writeRootBasics(root);
      await fillWeir(root, checkout, environment);
      return { ...description, root, tags: [`weir/weir:${commit}`] };
    }, use),
  );
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
