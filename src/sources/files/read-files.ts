import { normalize, sep } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { LocatePosition } from "../../model/provenance.ts";
import type { GroupKind, SourceObject } from "../../model/source-object.ts";
import { excerptOf } from "./excerpt-of.ts";
import { contentOf, type FileContext, unreadable } from "./file-content.ts";
import { FileIndex, type FileReading } from "./file-index.ts";
import { FileScanner } from "./file-scanner.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { fileOrder } from "./paths.ts";
import { textOfBytes } from "./text-of-bytes.ts";

/** Shown as the file of what came from standard input. */
const standardInputName = "<stdin>";

export interface ReadFilesOptions {
  readonly isClusterScoped: (kind: GroupKind) => boolean;
  /** Reads standard input to its end, for the path "-". */
  readonly standardInput?: () => Promise<Uint8Array>;
  /** Identifier of the source; "file" by default. */
  readonly id?: string;
  readonly fileSystem?: FileSystem;
}

export interface ReadFiles {
  /** In the order of the files, and of the objects in them. */
  readonly objects: readonly SourceObject[];
  readonly diagnostics: readonly Diagnostic[];
  readonly locate: LocatePosition;
  /** The lines a diagnostic points at, with a caret. */
  readonly excerpt: (diagnostic: Diagnostic) => string | undefined;
}

/**
 * Reads files, directories (with all they contain) and "-" once, for commands that take `-f`. Paths are shown as they were given. What
 * cannot be read is a diagnostic.
 */
export async function readFiles(paths: readonly string[], options: ReadFilesOptions): Promise<ReadFiles> {
  const id = options.id ?? "file";
  const context: FileContext = { source: id, isClusterScoped: options.isClusterScoped };
  const roots = paths.map((path) => (path === "-" ? standardInputName : withoutEnd(normalize(path))));
  const index = new FileIndex(fileOrder(roots));
  const scanner = new FileScanner({
    fileSystem: options.fileSystem ?? nodeFileSystem,
    context,
    now: () => 0,
    knownContent: () => undefined,
    enter: () => {},
  });
  const readings = new Map<string, FileReading>();
  for (const path of roots) {
    if (path === standardInputName) {
      readings.set(standardInputName, await readStandardInput(context, options));
      continue;
    }
    const scan = await scanner.scan(path, { force: true, named: true });
    for (const [file, reading] of scan.readings) readings.set(file, reading);
    if (!scan.exists)
      readings.set(path, { kind: "unreadable", diagnostic: unreadable(id, path, 1, "it does not exist") });
  }
  const { changes, diagnostics } = index.update(readings);
  return {
    objects: changes.flatMap(({ object }) => object ?? []),
    diagnostics: [...diagnostics.values()].flat(),
    locate: (provenance) => index.locate(provenance),
    excerpt: (diagnostic) => excerptOf(diagnostic, index),
  };
}

/** "shop/" names the directory "shop". */
function withoutEnd(path: string): string {
  return path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path;
}

async function readStandardInput(context: FileContext, options: ReadFilesOptions): Promise<FileReading> {
  const refused = (line: number, message: string, hint?: string): FileReading => ({
    kind: "unreadable",
    diagnostic: unreadable(context.source, standardInputName, line, message, hint),
  });
  if (options.standardInput === undefined) return refused(1, "there is no standard input");
  const text = textOfBytes(await options.standardInput());
  if (text.kind === "refused") return refused(text.line, text.message, text.hint);
  return { kind: "content", content: contentOf(standardInputName, text.text, context) };
}
