import { Command, CommanderError, Option as CommanderOption } from "commander";
import { version } from "../version.ts";
import { CliError } from "./cli-error.ts";
import { type CommandDefinition, type Invocation, writeArgument } from "./command.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { longName, type Option } from "./option.ts";
import type { Terminal } from "./terminal.ts";

/** What the groups of commands are for: "proxy list" belongs to "proxy". */
export const commandGroups: Readonly<Record<string, string>> = {
  proxy: "look at the connected proxies",
  dev: "certificates for development",
};

/** Runs the command that `words` name; resolves with the exit code. */
export async function runProgram(
  definitions: readonly CommandDefinition[],
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  let result: ExitCode = exitCodes.ok;
  const program = new Command("weir")
    .enablePositionalOptions()
    .description("One control plane for ingress, API gateway and service mesh, on Envoy.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "show help");
  const groups = new Map<string, Command>();
  const place = (definition: CommandDefinition): { parent: Command; name: string } => {
    const [first = "", second] = definition.name.split(" ");
    if (second === undefined) return { parent: program, name: first };
    const group = groups.get(first) ?? settle(program.command(first).description(commandGroups[first] ?? ""), terminal);
    groups.set(first, group);
    return { parent: group, name: second };
  };
  for (const definition of definitions) {
    const { parent, name } = place(definition);
    const command = settle(parent.command(name), terminal);
    describe(command, definition);
    if (definition.takesSettings === true && words[0] === definition.name) await addSettings(command);
    command.action(async (...given: unknown[]) => {
      const invocation = invocationOf(command, definition, given, terminal);
      const { run } = await definition.load();
      result = await run(invocation);
    });
  }
  settle(program, terminal);
  try {
    await program.parseAsync(["node", "weir", ...words]);
    return result;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    throw error;
  }
}

function settle(command: Command, terminal: Terminal): Command {
  return command
    .exitOverride()
    .showHelpAfterError("(--help shows how it is used)")
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.output.write(text),
      writeErr: (text) => terminal.errors.write(text),
      getOutHelpWidth: () => terminal.output.columns ?? 100,
      getErrHelpWidth: () => terminal.errors.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ subcommandTerm: (sub) => `${sub.name()} ${sub.usage().replace(/\[options\] ?/, "")}`.trim() });
}

function describe(command: Command, definition: CommandDefinition): void {
  command.summary(definition.summary);
  command.description([`${capitalise(definition.summary)}.`, definition.details ?? ""].join("\n\n").trim());
  for (const argument of definition.arguments) command.argument(writeArgument(argument), argument.meaning);
  for (const option of definition.options) command.addOption(commanderOption(option));
  command.helpOption("-h, --help", "show help");
  const examples = definition.examples.map((example) => `  ${example}`).join("\n");
  if (examples !== "") command.addHelpText("after", `\nExamples:\n${examples}`);
}

export function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Values are collected as they were written; what they mean is the option's own affair. */
function commanderOption(option: Option<unknown>): CommanderOption {
  const made = new CommanderOption(option.flags, option.meaning);
  if (made.required || made.optional)
    made.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return made;
}

async function addSettings(command: Command): Promise<void> {
  const { flagName, listSettings, summaryOf } = await import("../config/setting.ts");
  const { settings } = await import("../config/settings.ts");
  command.optionsGroup("Settings (also in the configuration file and as WEIR_... variables):");
  const taken = new Set(command.options.map((option) => option.long));
  for (const setting of listSettings(settings)) {
    const flag = `--${flagName(setting.path)}`;
    if (taken.has(flag)) continue;
    command.addOption(new CommanderOption(`${flag} <value>`, summaryOf(setting)));
  }
}

function invocationOf(
  command: Command,
  definition: CommandDefinition,
  given: readonly unknown[],
  terminal: Terminal,
): Invocation {
  const own = new Set(definition.options.map((option) => longName(option)));
  const settingFlags = new Map<string, string>();
  for (const { long, attributeName } of command.options.map((option) => ({
    long: option.long?.slice(2) ?? "",
    attributeName: option.attributeName(),
  }))) {
    const value: unknown = command.getOptionValue(attributeName);
    if (!own.has(long) && typeof value === "string") settingFlags.set(long, value);
  }
  const value: Invocation["value"] = (option) => {
    if (!definition.options.includes(option)) throw new Error(`weir ${definition.name} has no option ${option.flags}`);
    return option.parse(textsOf(command.getOptionValue(new CommanderOption(option.flags).attributeName())));
  };
  // What is wrong with an option is said before anything is done.
  for (const option of definition.options) value(option);
  return {
    terminal,
    arguments: given.slice(0, definition.arguments.length).flatMap((words) => textsOf(words)),
    settingFlags,
    value,
  };
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((element) => typeof element === "string");
  if (typeof value === "string") return [value];
  return value === true ? ["true"] : [];
}

/** Shows what ended a command. */
export function reportFailure(error: unknown, terminal: Terminal, bad: (text: string) => string): ExitCode {
  if (error instanceof CliError) {
    terminal.errors.write(`${bad("error:")} ${error.message}\n${error.hint === undefined ? "" : `${error.hint}\n`}`);
    return error.exitCode;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.errors.write(`${bad("error:")} ${told}\nThis is a defect of Weir; please report it with the lines above.\n`);
  return exitCodes.failed;
}
