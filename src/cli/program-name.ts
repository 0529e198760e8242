import { accessSync, constants } from "node:fs";
import { delimiter, join, relative } from "node:path";
import type { Terminal } from "./terminal.ts";

/** How a person calls this program from where they are: "weir" if that is on PATH, otherwise by a path that can be typed. */
export function programName({ environment, workingDirectory }: Terminal): string {
  const { PATH: path = "", WEIR_LAUNCHER: launcher } = environment;
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  if (launcher === undefined || folders.some((folder) => isExecutable(join(folder, "weir")))) return "weir";
  const short = relative(workingDirectory, launcher);
  return short.startsWith("..") ? launcher : join(".", short);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
