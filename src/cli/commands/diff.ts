import { readFile } from "node:fs/promises";
import type { FileText } from "../../control-plane/files-in-memory.ts";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { CliError } from "../cli-error.ts";
import type { Invocation, RunCommand } from "../command.ts";
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
  const answer = await askRunning(invocation, files);
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

/** What the running Weir says; where none runs, what these files come to by themselves. */
async function askRunning(invocation: Invocation, files: readonly FileText[]): Promise<Json> {
  const { terminal, value } = invocation;
  const style = wantsColours(terminal.output, terminal.environment) ? "terminal" : "plain";
  const client = await connect(invocation);
  try {
    return await client.send({
      method: "POST",
      path: "/weir/v1/diff",
      query: { style },
      body: { files: files.map(({ name, text }) => ({ name, text })) },
    });
  } catch (error) {
    const isNamed = value(common.server) !== undefined || terminal.environment.WEIR_URL !== undefined;
    if (isNamed || !(error instanceof CliError) || error.exitCode !== exitCodes.unreachable) throw error;
    terminal.errors.write(`no Weir runs here (${client.url}): everything is shown as new\n`);
    const { diffFromNothing } = await import("../analysis/diff-from-nothing.ts");
    return diffFromNothing(invocation, files, style);
  }
}

async function readTexts(paths: readonly string[], terminal: Terminal): Promise<readonly FileText[]> {
  if (paths.length === 0) {
    throw new CliError("no file is given", "name one with -f, or - for standard input", exitCodes.usage);
  }
  const files: FileText[] = [];
  for (const path of paths) {
    if (path === "-") files.push({ name: "/<stdin>.yaml", text: await terminal.readInput() });
    else for (const name of await filesIn(path, terminal)) files.push({ name, text: await readFile(name, "utf8") });
  }
  return files;
}
