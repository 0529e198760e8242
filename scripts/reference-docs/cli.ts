import { type CommandDefinition, writeArgument } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/command-table.ts";
import { capitalise } from "../../src/cli/program.ts";
import { code, generatedNote, table } from "./markdown.ts";

/** docs/reference/cli.md. */
export function cliPage(): string {
  const overview = table(
    ["command", "what it does"],
    commands.map(({ name, summary }) => [`[${code(`weir ${name}`)}](#${anchor(name)})`, summary]),
  );
  return `${generatedNote}

# The command line

${overview}

Every command has ${code("--help")}. Commands that show something have ${code("-o json")} and ${code("-o yaml")}. Colours are used on a
terminal only, and not where ${code("NO_COLOR")} is set.

## Exit codes

${table(
  ["code", "meaning"],
  [
    ["0", "success"],
    ["1", "the command ran and the answer is no: errors were found, a request was refused, something would change"],
    ["2", "wrong arguments or a wrong configuration"],
    ["3", "Weir does not run, or does not answer"],
    ["130", "interrupted a second time, before everything was stopped"],
  ],
)}

## Which Weir commands talk to

A running Weir leaves its address and token in its state directory, readable by its owner only. Commands find it there: in
${code("~/.local/state/weir")}, or where ${code("--state-directory")} or ${code("WEIR_STATE_DIRECTORY")} says. ${code("--server")} or
${code("WEIR_URL")} name another address, ${code("WEIR_TOKEN")} another token.

${commands.map(describe).join("\n\n")}
`;
}

function anchor(name: string): string {
  return `weir-${name.replaceAll(" ", "-")}`;
}

function describe(command: CommandDefinition): string {
  const { name, summary, details, options, examples, takesSettings } = command;
  const written = command.arguments.map(writeArgument).join(" ");
  const parts = [
    `## weir ${name}`,
    `\`\`\`\n${["weir", name, "[options]", written].filter((part) => part !== "").join(" ")}\n\`\`\``,
    `${capitalise(summary)}.${details === undefined ? "" : ` ${details}`}`,
  ];
  const rows = [
    ...command.arguments.map((argument) => [code(writeArgument(argument)), argument.meaning]),
    ...options.map(({ flags, meaning }) => [code(flags), meaning]),
  ];
  if (rows.length > 0) parts.push(table(["argument, option", "meaning"], rows));
  if (takesSettings === true) parts.push("Every [setting](configuration.md) is an option too.");
  parts.push(`\`\`\`sh\n${examples.join("\n")}\n\`\`\``);
  return parts.join("\n\n");
}
