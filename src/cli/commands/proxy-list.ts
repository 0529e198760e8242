import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { renderAge } from "../output/age.ts";
import { renderData } from "../output/data.ts";
import { createStyle, wantsColours } from "../output/style.ts";
import { renderTable } from "../output/table.ts";
import { readProxies } from "../proxies.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const client = await connect(invocation);
  const answer = await client.send({ method: "GET", path: "/weir/v1/proxies" });
  const format = value(common.output);
  if (format !== undefined) {
    terminal.output.write(await renderData(format, answer));
    return exitCodes.ok;
  }
  const proxies = readProxies(answer);
  if (proxies.length === 0) {
    terminal.errors.write("no proxy is connected\n");
    return exitCodes.ok;
  }
  const style = createStyle(wantsColours(terminal.output, terminal.environment));
  const now = terminal.now().getTime();
  const hasReplicas = proxies.some(({ replica }) => replica !== undefined);
  const rows = proxies.map(({ node, class: proxyClass, agent, connectedSince, synced, refusals, replica = "" }) => [
    node,
    proxyClass,
    refusals.length > 0 ? style.bad("refused") : synced ? style.good("synced") : style.warning("catching up"),
    agent,
    renderAge(now - Date.parse(connectedSince)),
    ...(hasReplicas ? [replica] : []),
  ]);
  const columns = ["Node", "Class", "State", "Agent", "Connected", ...(hasReplicas ? ["Replica"] : [])];
  terminal.output.write(renderTable(columns, rows));
  for (const { node, refusals } of proxies) {
    for (const { type, error } of refusals) terminal.output.write(`\n${node} refused a ${type}: ${error}\n`);
  }
  return exitCodes.ok;
};
