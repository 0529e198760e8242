import { objectAt } from "../../model/json.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { common, proxyStats } from "../options.ts";
import { renderData } from "../output/data.ts";
import { chooseProxy, proxyPath } from "../proxies.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const [wanted] = invocation.arguments;
  const filter = value(proxyStats.filter);
  const client = await connect(invocation);
  const node = await chooseProxy(client, wanted);
  const answer = await client.send({ method: "GET", path: proxyPath(node, "stats"), query: { filter } });
  const format = value(common.output);
  const lines = Object.entries(objectAt(answer)).map(([name, figure]) => `${name}: ${JSON.stringify(figure)}\n`);
  terminal.output.write(format === undefined ? lines.join("") : await renderData(format, answer));
  return exitCodes.ok;
};
