import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { servedKinds } from "../objects/kinds.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";
import { renderTable } from "../output/table.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const kinds = await servedKinds(await connect(invocation));
  const format = value(common.output);
  if (format !== undefined) {
    terminal.output.write(await renderData(format, kinds));
    return exitCodes.ok;
  }
  const rows = kinds.map(({ plural, shortNames, apiVersion, namespaced, kind }) => [
    plural,
    shortNames.join(","),
    apiVersion,
    namespaced ? "yes" : "no",
    kind,
  ]);
  terminal.output.write(renderTable(["Name", "Short names", "API version", "Namespaced", "Kind"], rows));
  return exitCodes.ok;
};
