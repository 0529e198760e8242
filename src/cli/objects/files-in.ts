import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isConfiguration } from "../../sources/files/paths.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

/** A file itself, or the files with objects that a directory contains at any depth, by absolute path. */
export async function filesIn(path: string, terminal: Terminal): Promise<readonly string[]> {
  const absolute = resolve(terminal.workingDirectory, path);
  const found = await stat(absolute).catch(() => undefined);
  if (found === undefined) throw new CliError(`there is no file ${path}`, undefined, exitCodes.usage);
  if (!found.isDirectory()) return [absolute];
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && isConfiguration(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.slice(absolute.length).includes("/."));
  if (files.length === 0) throw new CliError(`${path} has no .yaml, .yml or .json files`);
  return files.toSorted();
}
