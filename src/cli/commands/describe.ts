import { isObject } from "../../model/json.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { fetchDiagnostics, isAbout } from "../diagnostics.ts";
import { exitCodes } from "../exit-codes.ts";
import { describeObject } from "../objects/describe-object.ts";
import { servedKinds } from "../objects/kinds.ts";
import { listObjects } from "../objects/list-objects.ts";
import { selectionOf } from "../objects/selection.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";
import { renderDiagnostic } from "../output/diagnostics.ts";
import { createStyle, wantsColours } from "../output/style.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const client = await connect(invocation);
  const kinds = await servedKinds(client);
  const selections = await selectionOf(invocation, kinds, { files: [], allNamespaces: false });
  const objects = (await listObjects(client, selections)).filter(isObject);
  const diagnostics = await fetchDiagnostics(client);
  const format = value(common.output);
  if (format !== undefined) {
    const described = objects.map((object) => ({
      object,
      diagnostics: diagnostics.filter((diagnostic) => isAbout(diagnostic, object)),
    }));
    terminal.output.write(await renderData(format, described));
    return exitCodes.ok;
  }
  const style = createStyle(wantsColours(terminal.output, terminal.environment));
  const texts: string[] = [];
  for (const object of objects) {
    const own = diagnostics.filter((diagnostic) => isAbout(diagnostic, object));
    const said = own.map((diagnostic) => renderDiagnostic(diagnostic, style)).join("");
    texts.push((await describeObject(object, terminal.now())) + (said === "" ? "" : `\nDiagnostics:\n${said}`));
  }
  if (texts.length === 0) terminal.errors.write("no objects found\n");
  terminal.output.write(texts.join("\n---\n\n"));
  return exitCodes.ok;
};
