import { readFile } from "node:fs/promises";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { readDiagnostic } from "../diagnostics.ts";
import { exitCodes } from "../exit-codes.ts";
import { filesIn } from "../objects/files-in.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";
import { renderDiagnostic } from "../output/diagnostics.ts";
import { createStyle, wantsColours } from "../output/style.ts";
import type { Terminal } from "../terminal.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const files = await readTexts(value(common.files), terminal);
  const client = await connect(invocation);
  const colours = wantsColours(terminal.output, terminal.environment);
  const answer = await client.send({
    method: "POST",
    path: "/weir/v1/diff",
    query: { style: colours ? "terminal" : "plain" },
    body: { files },
  });
  const format = value(common.output);
  if (format === undefined) {
    const style = createStyle(wantsColours(terminal.errors, terminal.environment));
    const diagnostics = listAt(answer, "diagnostics").flatMap((entry) => readDiagnostic(entry) ?? []);
    for (const diagnostic of diagnostics) terminal.errors.write(`${renderDiagnostic(diagnostic, style)}\n`);
    terminal.output.write(textAt(answer, "text") ?? "");
  } else {
    const { diff, diagnostics } = { diff: valueAt(answer, "diff"), diagnostics: valueAt(answer, "diagnostics") };
    terminal.output.write(await renderData(format, { diff, diagnostics }));
  }
  return valueAt(answer, "changes") === true ? exitCodes.failed : exitCodes.ok;
};

async function readTexts(paths: readonly string[], terminal: Terminal) {
  if (paths.length === 0) {
    throw new CliError("no file is given", "name one with -f, or - for standard input", exitCodes.usage);
  }
  const files: { name: string; text: string }[] = [];
  for (const path of paths) {
    if (path === "-") files.push({ name: "/<stdin>.yaml", text: await terminal.readInput() });
    else for (const name of await filesIn(path, terminal)) files.push({ name, text: await readFile(name, "utf8") });
  }
  return files;
}
