import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { fetchDiagnostics } from "../diagnostics.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";
import { countSeverities, renderDiagnostic } from "../output/diagnostics.ts";
import { createStyle, wantsColours } from "../output/style.ts";
import { renderFields } from "../output/table.ts";
import { readProxies } from "../proxies.ts";
import { weirVersion } from "../server-version.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const client = await connect(invocation);
  const [server, answer, diagnostics] = await Promise.all([
    client.send({ method: "GET", path: "/version" }),
    client.send({ method: "GET", path: "/weir/v1/proxies" }),
    fetchDiagnostics(client),
  ]);
  const proxies = readProxies(answer);
  const failed = diagnostics.some(({ severity }) => severity === "error");
  const format = value(common.output);
  if (format !== undefined) {
    const weir = { url: client.url, version: weirVersion(server) };
    terminal.output.write(await renderData(format, { weir, proxies: answer, diagnostics }));
    return failed ? exitCodes.failed : exitCodes.ok;
  }
  const style = createStyle(wantsColours(terminal.output, terminal.environment));
  const behind = proxies.filter(({ synced }) => !synced).length;
  const state = behind === 0 ? style.good("in sync") : style.warning(`${behind} not in sync`);
  const head = renderFields([
    ["Weir", `${weirVersion(server)} at ${client.url}`],
    ["Proxies", proxies.length === 0 ? style.warning("none") : `${proxies.length} connected, ${state}`],
    ["Objects", countSeverities(diagnostics)],
  ]);
  const said = diagnostics.map((diagnostic) => `\n${renderDiagnostic(diagnostic, style)}`).join("");
  terminal.output.write(head + said);
  return failed ? exitCodes.failed : exitCodes.ok;
};
