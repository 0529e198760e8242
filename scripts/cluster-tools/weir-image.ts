import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { copyProgram, nonRoot } from "./image-root.ts";

/** The checkout that this file is part of. */
export const repository = resolve(import.meta.dirname, "../..");

/** The published package with the packages that it needs, the Node that runs it, and the shell that starts it. */
export async function fillWeir(root: string, checkout: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const home = join(root, "opt/weir");
  const { version, packages } = await readPackage(checkout);
  await mkdir(join(home, "dist"), { recursive: true });
  await runCommand(
    join(checkout, "node_modules/.bin/tsc"),
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
    { folder: checkout },
  );
  for (const path of ["package.json", "bin", "examples", ...packages]) {
    await cp(join(checkout, path), join(home, path), { recursive: true, verbatimSymlinks: true });
  }
  await copyProgram(root, join(checkout, "node_modules/node/bin/node"), "/opt/weir/node_modules/node/bin/node");
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
export async function readPackage(
  checkout: string,
): Promise<{ readonly version: string; readonly packages: readonly string[] }> {
  const lock: {
    readonly version: string;
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
  } = JSON.parse(await readFile(join(checkout, "package-lock.json"), "utf8"));
  const packages = Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true)
    .map(([path]) => path)
    // A package inside another's folder comes with it.
    .filter((path, _, all) => !all.some((other) => path.startsWith(`${other}/`)));
  return { version: lock.version, packages };
}

/**
 * Lets `use` have the repository as it was at a commit, with its packages and generated sources. The folder is gone afterwards.
 * @param commit anything that names one.
 */
export async function withCheckout(commit: string, use: (checkout: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "weir-checkout-"));
  try {
    const checkout = join(folder, "weir");
    const archive = join(folder, "weir.tar");
    await mkdir(checkout);
    await runCommand("git", ["archive", `--output=${archive}`, commit], { folder: repository });
    await runCommand("tar", ["--extract", "--file", archive, "--directory", checkout]);
    await givePackages(checkout);
    // Taken over where they are what the commit would generate.
    const generated = "src/envoy/generated";
    await cp(join(repository, generated), join(checkout, generated), { recursive: true });
    await runCommand(join(checkout, "scripts/generate"), []);
    await use(checkout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** This repository's own, unless the commit wants others. */
async function givePackages(checkout: string): Promise<void> {
  const [own, wanted] = await Promise.all(
    [repository, checkout].map((folder) => readFile(join(folder, "package-lock.json"), "utf8")),
  );
  if (own === wanted) await symlink(join(repository, "node_modules"), join(checkout, "node_modules"));
  else await runCommand("npm", ["ci", "--no-audit", "--no-fund"], { folder: checkout });
}
