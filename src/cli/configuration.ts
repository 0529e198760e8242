import type { Configuration } from "../config/configuration.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CliError } from "./cli-error.ts";
import type { Invocation } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { common } from "./options.ts";
import { countSeverities, renderDiagnostic } from "./output/diagnostics.ts";
import { createStyle, wantsColours } from "./output/style.ts";
import type { Terminal } from "./terminal.ts";

export interface CommandConfiguration {
  /** Whether the command brings the aids for development unless told otherwise. */
  readonly development: boolean;
  /** Settings by path that hold where nobody else says anything. */
  readonly defaults?: ReadonlyMap<string, string>;
  readonly flags?: ReadonlyMap<string, string>;
}

/** The configuration a command runs with. Shows every problem and ends the command when one of them is an error. */
export async function configurationFor(
  { terminal, value, settingFlags }: Invocation,
  { development, defaults, flags }: CommandConfiguration,
): Promise<Configuration> {
  const { loadConfiguration } = await import("../config/load.ts");
  const file = value(common.configuration);
  const { configuration, problems } = await loadConfiguration({
    environment: terminal.environment,
    workingDirectory: terminal.workingDirectory,
    flags: new Map([...settingFlags, ...(flags ?? [])]),
    development,
    ...(file === undefined ? {} : { file }),
    ...(defaults === undefined ? {} : { commandDefaults: defaults }),
  });
  await showConfigurationProblems(problems, terminal);
  return configuration;
}

async function showConfigurationProblems(problems: readonly Diagnostic[], terminal: Terminal): Promise<void> {
  if (problems.length === 0) return;
  const { readFile } = await import("node:fs/promises");
  const { renderExcerpt } = await import("../sources/excerpt.ts");
  const style = createStyle(wantsColours(terminal.errors, terminal.environment));
  for (const problem of problems) {
    const { position } = problem;
    const text = position === undefined ? undefined : await readFile(position.file, "utf8").catch(() => undefined);
    const excerpt = position === undefined || text === undefined ? undefined : renderExcerpt(text, position);
    terminal.errors.write(renderDiagnostic(excerpt === undefined ? problem : { ...problem, excerpt }, style));
  }
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new CliError(`the configuration has ${countSeverities(errors)}`, undefined, exitCodes.usage);
  }
}
