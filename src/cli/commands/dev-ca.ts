import { ensureDevelopmentCa } from "../../identity/development-ca.ts";
import { trustSteps } from "../../identity/trust.ts";
import type { RunCommand } from "../command.ts";
import { configurationFor } from "../configuration.ts";
import { asCliError } from "../development/authority-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const { development } = await configurationFor(invocation, { development: true });
  const ca = await ensureDevelopmentCa(development.directory, terminal.now()).catch(asCliError);
  const steps = trustSteps(ca.certificateFile, terminal.platform);
  const format = value(common.output);
  if (format !== undefined) {
    terminal.output.write(await renderData(format, { certificateFile: ca.certificateFile, trust: steps }));
    return exitCodes.ok;
  }
  const blocks = steps.map(({ system, commands }) => `${system}:\n${commands.map((line) => `  ${line}\n`).join("")}`);
  terminal.output.write(
    `The development certificate authority is ${ca.certificateFile}\n\nTo trust it for one request:\n  curl --cacert ${ca.certificateFile} https://...\n\nTo trust it on this machine:\n\n${blocks.join("\n")}`,
  );
  return exitCodes.ok;
};
