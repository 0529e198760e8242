import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { runCommand } from "./command.ts";

/** What a container image is made of. */
export interface ImageDescription {
  /** Full names, such as `docker.io/weir/weir:1.0.0`; the same image has all of them. */
  readonly tags: readonly string[];
  /** A folder whose content becomes the root of the image. */
  readonly root: string;
  readonly entrypoint: readonly string[];
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** `UID` or `UID:GID`. Default: root. */
  readonly user?: string;
  readonly workingFolder?: string;
}

/** Writes an image of one layer as a docker-archive into `folder`; resolves to its file. The same input gives the same bytes. */
export async function writeImageArchive(image: ImageDescription, folder: string): Promise<string> {
  const archive = join(folder, "archive");
  await mkdir(archive, { recursive: true });
  const reproducible = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
  const layerFile = join(archive, "layer.tar");
  await runCommand("tar", [...reproducible, "--create", "--file", layerFile, "--directory", image.root, "."]);
  const layer = await sha256(layerFile);
  const configuration = JSON.stringify({
    architecture: { arm64: "arm64", x64: "amd64" }[process.arch as string] ?? process.arch,
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: {
      Entrypoint: image.entrypoint,
      Cmd: image.arguments ?? [],
      Env: Object.entries(image.environment ?? {}).map(([name, value]) => `${name}=${value}`),
      User: image.user ?? "",
      WorkingDir: image.workingFolder ?? "/",
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${layer}`] },
    history: [{ created: "1970-01-01T00:00:00Z" }],
  });
  const digest = createHash("sha256").update(configuration).digest("hex");
  await writeFile(join(archive, `${digest}.json`), configuration);
  const manifest = [{ Config: `${digest}.json`, RepoTags: image.tags.map(fullName), Layers: ["layer.tar"] }];
  await writeFile(join(archive, "manifest.json"), JSON.stringify(manifest));
  const file = join(folder, "image.tar");
  await runCommand("tar", [...reproducible, "--create", "--file", `${file}.part`, "--directory", archive, "."]);
  await rename(`${file}.part`, file);
  await rm(archive, { recursive: true });
  return file;
}

/** A name as container runtimes keep it: `weir/weir:1` is `docker.io/weir/weir:1`. */
export function fullName(tag: string): string {
  const [first = "", ...rest] = tag.split("/");
  if (rest.length === 0) return `docker.io/library/${tag}`;
  return /[.:]/.test(first) || first === "localhost" ? tag : `docker.io/${tag}`;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
