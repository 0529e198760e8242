import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A directory that changes as a kubelet changes ConfigMap and projected volumes: files are links through `..data`, which is replaced by a rename, so
 * that all files change at once and none is ever written to.
 */
export class KubeletVolume {
  readonly path: string;
  #generation = 0;
  #current: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    const name = `..2026_${++this.#generation}`;
    await mkdir(join(this.path, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(this.path, name, file), text);
    await symlink(name, join(this.path, "..data_tmp"));
    await rename(join(this.path, "..data_tmp"), join(this.path, "..data"));
    if (this.#current === undefined) {
      for (const file of Object.keys(files)) await symlink(join("..data", file), join(this.path, file));
    } else await rm(join(this.path, this.#current), { recursive: true });
    this.#current = name;
  }
}
