import { basename, isAbsolute, sep } from "node:path";

/** Names that hold objects; hidden files, and what editors leave behind, do not. */
export function isConfiguration(path: string): boolean {
  return /^[^.].*\.(yaml|yml|json)$/i.test(basename(path));
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  if (directory === ".") return !isAbsolute(path) && path !== ".." && !path.startsWith(`..${sep}`);
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** Files count in the order in which their roots are named, then by path. */
export function fileOrder(roots: readonly string[]): (a: string, b: string) => number {
  const rank = (file: string): number => {
    const index = roots.findIndex((root) => isWithin(file, root));
    return index < 0 ? roots.length : index;
  };
  return (a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}
