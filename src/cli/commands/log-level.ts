import { textAt } from "../../model/json.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";

const path = "/weir/v1/log-level";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const [level] = invocation.arguments;
  const client = await connect(invocation);
  const answer =
    level === undefined
      ? await client.send({ method: "GET", path })
      : await client.send({ method: "PUT", path, body: { level } });
  const format = value(common.output);
  terminal.output.write(format === undefined ? `${textAt(answer, "level")}\n` : await renderData(format, answer));
  return exitCodes.ok;
};
