import { listAt, textAt } from "../../model/json.ts";
import { version } from "../../version.ts";
import { CliError } from "../cli-error.ts";
import type { Invocation, RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";
import { renderFields } from "../output/table.ts";
import { weirVersion } from "../server-version.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const own = { weir: version, node: process.versions.node };
  const versions = { ...own, ...(await runningVersions(invocation)) };
  const format = value(common.output);
  terminal.output.write(
    format === undefined ? renderFields(Object.entries(versions)) : await renderData(format, versions),
  );
  return exitCodes.ok;
};

/** Of the Weir that runs and its proxies; nothing where none runs: the command is about this program first. */
async function runningVersions(invocation: Invocation): Promise<Readonly<Record<string, string>>> {
  try {
    const client = await connect(invocation);
    const [server, proxies] = await Promise.all([
      client.send({ method: "GET", path: "/version" }),
      client.send({ method: "GET", path: "/weir/v1/proxies" }),
    ]);
    const agents = new Set(listAt(proxies).flatMap((proxy) => textAt(proxy, "agent") ?? []));
    const running = weirVersion(server);
    return {
      running,
      ...(agents.size === 0 ? {} : { proxies: [...agents].join(", ") }),
    };
  } catch (error) {
    if (error instanceof CliError && error.exitCode !== exitCodes.usage) return {};
    throw error;
  }
}
