import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Position } from "../../model/provenance.ts";
import type { ReadFiles } from "../../sources/files/read-files.ts";
import { passOverFiles } from "../analysis/pass-over-files.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";
import { countSeverities, renderDiagnostic, type ShownDiagnostic } from "../output/diagnostics.ts";
import { createStyle, wantsColours } from "../output/style.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const paths = [...invocation.arguments, ...value(common.files)];
  if (paths.length === 0) {
    throw new CliError("no file is given", "name files or directories, or - for standard input", exitCodes.usage);
  }
  const { files, diagnostics } = await passOverFiles(invocation, paths);
  const shown = inOrder(diagnostics.map((diagnostic) => withPlace(diagnostic, files)));
  const failed = shown.some(({ severity }) => severity === "error");
  const format = value(common.output);
  if (format !== undefined) {
    const counts = { objects: files.objects.length, valid: !failed };
    terminal.output.write(await renderData(format, { ...counts, diagnostics: shown }));
    return failed ? exitCodes.failed : exitCodes.ok;
  }
  const style = createStyle(wantsColours(terminal.output, terminal.environment));
  for (const diagnostic of shown) terminal.output.write(`${renderDiagnostic(diagnostic, style)}\n`);
  const objects = `${files.objects.length} object${files.objects.length === 1 ? "" : "s"}`;
  terminal.output.write(`${objects}, ${countSeverities(shown)}\n`);
  return failed ? exitCodes.failed : exitCodes.ok;
};

/** With its position and the lines around it. */
function withPlace(diagnostic: Diagnostic, files: ReadFiles): ShownDiagnostic {
  const { source, object, path } = diagnostic;
  const found = source === undefined || object === undefined ? undefined : files.locate({ source, object, path });
  const position = diagnostic.position ?? found;
  const excerpt = files.excerpt(diagnostic);
  return {
    ...diagnostic,
    ...(position === undefined ? {} : { position }),
    ...(excerpt === undefined ? {} : { excerpt }),
  };
}

/** By place; what has none comes last. */
function inOrder(diagnostics: readonly ShownDiagnostic[]): readonly ShownDiagnostic[] {
  const compare = (a: Position | undefined, b: Position | undefined): number => {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    return a.line - b.line || a.column - b.column;
  };
  return diagnostics.toSorted((a, b) => compare(a.position, b.position));
}
