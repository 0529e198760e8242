import type { ExitCode } from "./exit-codes.ts";
import type { Option } from "./option.ts";
import type { Terminal } from "./terminal.ts";

export interface Argument {
  readonly name: string;
  readonly meaning: string;
  readonly required: boolean;
  /** Takes all that follow. */
  readonly variadic: boolean;
}

/** What a person typed, taken apart. */
export interface Invocation {
  readonly terminal: Terminal;
  /** One element per argument given, in order. */
  readonly arguments: readonly string[];
  /** The value of one of the command's options. */
  readonly value: <T>(option: Option<T>) => T;
  /** Settings of the control plane given as flags, by flag name; for commands with `takesSettings`. */
  readonly settingFlags: ReadonlyMap<string, string>;
}

export type RunCommand = (invocation: Invocation) => Promise<ExitCode>;

/** One command as help, completion and the reference page know it. Its code is loaded when it runs. */
export interface CommandDefinition {
  /** "get", or "proxy list" for a command in a group. */
  readonly name: string;
  readonly summary: string;
  /** Further sentences for the help and the reference page. */
  readonly details?: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option<unknown>[];
  /** Whether every setting of the configuration is a flag too. */
  readonly takesSettings?: boolean;
  readonly examples: readonly string[];
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

export function argument(written: string, meaning: string): Argument {
  return {
    name: written.replace(/[[\]<>.]/g, ""),
    meaning,
    required: written.startsWith("<"),
    variadic: written.includes("..."),
  };
}

export function writeArgument({ name, required, variadic }: Argument): string {
  const inner = variadic ? `${name}...` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}
