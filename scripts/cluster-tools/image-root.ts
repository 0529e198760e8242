import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runCommand, tryCommand } from "./command.ts";

/** The user that images run as unless they say otherwise, as in distroless images. */
export const nonRoot = "65532:65532";

const accounts = [
  { name: "root", id: 0, home: "/root" },
  { name: "nonroot", id: 65532, home: "/home/nonroot" },
  { name: "nobody", id: 65534, home: "/nonexistent" },
];

/** Puts what every program expects into an image's root: users, groups, and a folder for temporary files. */
export async function writeRootBasics(root: string): Promise<void> {
  await Promise.all(["etc", "tmp", "home/nonroot"].map((folder) => mkdir(join(root, folder), { recursive: true })));
  const line = ({ name, id, home }: (typeof accounts)[number]): string =>
    `${name}:x:${id}:${id}::${home}:/sbin/nologin\n`;
  await writeFile(join(root, "etc/passwd"), accounts.map(line).join(""));
  await writeFile(join(root, "etc/group"), accounts.map(({ name, id }) => `${name}:x:${id}:\n`).join(""));
  await writeFile(join(root, "etc/nsswitch.conf"), "hosts: files dns\n");
  await runCommand("chmod", ["1777", join(root, "tmp")]);
}

/** Copies a program of this machine into an image's root, with the loader and the libraries that it is linked to. */
export async function copyProgram(root: string, program: string, place: string): Promise<void> {
  await copyInto(root, program, place);
  for (const library of await linkedLibraries(program)) await copyInto(root, library, library);
}

/** `ldd` prints the path of each library behind `=>`, and that of the loader alone; a static program has none. */
async function linkedLibraries(program: string): Promise<readonly string[]> {
  const { code, output } = await tryCommand("ldd", [program]);
  if (code !== 0) return [];
  return [...output.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path = ""]) => path);
}

/** Copies what a link leads to, not the link. */
async function copyInto(root: string, file: string, place: string): Promise<void> {
  const target = join(root, place);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(file, target);
}
