import type { SourceObject } from "../../model/source-object.ts";
import { groupOf } from "../../model/source-object.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { countSeverities, renderDiagnostic } from "../output/diagnostics.ts";
import { createStyle, wantsColours } from "../output/style.ts";
import type { Terminal } from "../terminal.ts";
import type { ServedKind } from "./kinds.ts";

/** The objects of the files named with -f, in order. Shows what is unreadable and throws then: half a file is not to be applied. */
export async function readObjects(
  paths: readonly string[],
  kinds: readonly ServedKind[],
  terminal: Terminal,
): Promise<readonly SourceObject[]> {
  if (paths.length === 0) {
    throw new CliError("no file is given", "name one with -f, or - for standard input", exitCodes.usage);
  }
  const { readFiles } = await import("../../sources/files/read-files.ts");
  const { objects, diagnostics, excerpt } = await readFiles(paths, {
    isClusterScoped: ({ group, kind }) =>
      kinds.some((served) => !served.namespaced && served.kind === kind && groupOf(served.apiVersion) === group),
    standardInput: async () => Buffer.from(await terminal.readInput()),
  });
  const style = createStyle(wantsColours(terminal.errors, terminal.environment));
  for (const diagnostic of diagnostics) {
    const lines = excerpt(diagnostic);
    terminal.errors.write(
      renderDiagnostic(lines === undefined ? diagnostic : { ...diagnostic, excerpt: lines }, style),
    );
  }
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new CliError(`nothing was sent: the files have ${countSeverities(errors)}`);
  return objects;
}
