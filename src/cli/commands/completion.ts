import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { commands } from "../command-table.ts";
import { renderCompletion } from "../completion.ts";
import { exitCodes } from "../exit-codes.ts";

export const run: RunCommand = async ({ terminal, arguments: [shell] }) => {
  if (shell !== "bash" && shell !== "zsh" && shell !== "fish") {
    throw new CliError(`no completion for ${shell}`, "there is one for bash, zsh and fish", exitCodes.usage);
  }
  terminal.output.write(renderCompletion(shell, commands));
  return exitCodes.ok;
};
