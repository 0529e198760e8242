import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { similar } from "../admission/fit/similar.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { buildConfiguration, type Configuration, settingNames } from "./configuration.ts";
import type { ConfigurationFile } from "./configuration-file.ts";
import { type Environment, expandPath, findPlaces } from "./places.ts";
import { configurationProblem } from "./problem.ts";
import { environmentName, flagName, listSettings, type Setting } from "./setting.ts";
import { settings } from "./settings.ts";

export interface ConfigurationRequest {
  readonly environment: Environment;
  readonly workingDirectory: string;
  /** By flag name without dashes ("api-port"). */
  readonly flags: ReadonlyMap<string, string>;
  /** The file named by `--config`; otherwise WEIR_CONFIG, otherwise `config.yaml` in Weir's XDG configuration folder if it exists. */
  readonly file?: string;
  /** Values by setting path that the command sets where nobody else says anything. */
  readonly commandDefaults?: ReadonlyMap<string, string>;
  readonly development: boolean;
}

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** The file that was read, if any. */
  readonly file: string | undefined;
  readonly problems: readonly Diagnostic[];
}

/** Variables that begin like settings but are none: read elsewhere, the last one by `scripts/cluster`. */
const otherVariables = new Set(["WEIR_CONFIG", "WEIR_URL", "WEIR_TOKEN", "WEIR_LAUNCHER", "WEIR_CLUSTER"]);

/**
 * The configuration from flags, environment, file and defaults, in this order of precedence. Every problem is reported, so that a
 * person can mend all of them at once; with a problem of severity "error" the configuration is not to be used.
 */
export async function loadConfiguration(request: ConfigurationRequest): Promise<LoadedConfiguration> {
  const places = findPlaces(request.environment);
  const known = listSettings(settings);
  const problems: Diagnostic[] = [];
  const report = (problem: Diagnostic): void => void problems.push(problem);
  const file = await findFile(request, places.configuration, places.home, known, report);
  problems.push(...(file?.problems ?? []), ...unknownVariables(request.environment, known));

  const read = <T>(setting: Setting<T>): T => {
    const { flag, variable } = settingNames(setting);
    const texts = [
      { written: request.flags.get(flagName(setting.path)), where: flag },
      { written: request.environment[variable], where: variable },
    ];
    for (const { written, where } of texts) {
      if (written === undefined) continue;
      const parsed = setting.type.fromText(written);
      if (!("problem" in parsed)) return parsed.value;
      report(configurationProblem("WR0603", [where], `${where}: ${parsed.problem}`, parsed.hint));
      return setting.default;
    }
    const inFile = file?.value(setting);
    if (inFile !== undefined && inFile.json !== null) {
      const parsed = setting.type.fromJson(inFile.json);
      if (!("problem" in parsed)) return parsed.value;
      const message = `${setting.path}: ${parsed.problem}`;
      report(configurationProblem("WR0603", setting.path.split("."), message, parsed.hint, inFile.position));
      return setting.default;
    }
    const byCommand = request.commandDefaults?.get(setting.path);
    if (byCommand === undefined) return setting.default;
    const parsed = setting.type.fromText(byCommand);
    if ("problem" in parsed) throw new Error(`the command's default for ${setting.path} is wrong: ${parsed.problem}`);
    return parsed.value;
  };

  const { workingDirectory, development } = request;
  const configuration = buildConfiguration(read, { places, workingDirectory, development }, report);
  return { configuration, file: file?.name, problems };
}

async function findFile(
  request: ConfigurationRequest,
  folder: string,
  home: string,
  known: readonly Setting<unknown>[],
  report: (problem: Diagnostic) => void,
): Promise<ConfigurationFile | undefined> {
  const named = request.file ?? request.environment.WEIR_CONFIG;
  const name = named === undefined ? join(folder, "config.yaml") : expandPath(named, home, request.workingDirectory);
  let content: string;
  try {
    content = await readFile(name, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!missing || named !== undefined) {
      const reason = missing ? "there is no such file" : String(error instanceof Error ? error.message : error);
      report(configurationProblem("WR0601", [], `cannot read the configuration file ${name}: ${reason}`));
    }
    return undefined;
  }
  const { readConfigurationFile } = await import("./configuration-file.ts");
  return readConfigurationFile(name, content, known);
}

function unknownVariables(environment: Environment, known: readonly Setting<unknown>[]): readonly Diagnostic[] {
  const names = known.map((setting) => environmentName(setting.path));
  return Object.keys(environment)
    .filter((name) => name.startsWith("WEIR_") && !names.includes(name) && !otherVariables.has(name))
    .map((name) => {
      const nearest = similar(name, [...names, ...otherVariables]);
      const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
      return configurationProblem("WR0604", [name], `the environment variable ${name} names no setting`, hint);
    });
}
