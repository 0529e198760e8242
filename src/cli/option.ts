import { similar } from "../admission/fit/similar.ts";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";

/** One option of a command: how it is written, what it means, and what its value is. */
export interface Option<T> {
  /** "-o, --output <format>": the long name, in camel case, is its key. */
  readonly flags: string;
  readonly meaning: string;
  readonly repeatable: boolean;
  readonly choices: readonly string[];
  readonly parse: (given: readonly string[]) => T;
}

/** "--client-ip <address>" → "client-ip". */
export function longName(option: Option<unknown>): string {
  return /--([a-z0-9-]+)/.exec(option.flags)?.[1] ?? "";
}

/** Without a value: given or not. */
export function toggleOption(flags: string, meaning: string): Option<boolean> {
  return { flags, meaning, repeatable: false, choices: [], parse: (given) => given.length > 0 };
}

export function textOption(flags: string, meaning: string): Option<string | undefined> {
  return { flags, meaning, repeatable: false, choices: [], parse: (given) => given.at(-1) };
}

export function listOption(flags: string, meaning: string): Option<readonly string[]> {
  return { flags, meaning, repeatable: true, choices: [], parse: (given) => given };
}

export function choiceOption<const C extends string>(
  flags: string,
  meaning: string,
  choices: readonly C[],
): Option<C | undefined> {
  return {
    flags,
    meaning,
    repeatable: false,
    choices,
    parse: (given) => {
      const written = given.at(-1);
      if (written === undefined) return undefined;
      const found = choices.find((choice) => choice === written);
      if (found !== undefined) return found;
      const nearest = similar(written, choices);
      throw new CliError(
        `${flags}: expected ${choices.join(", ")}, found ${JSON.stringify(written)}`,
        nearest === undefined ? undefined : `did you mean ${nearest}?`,
        exitCodes.usage,
      );
    },
  };
}

export function numberOption(flags: string, meaning: string, otherwise: number, range: { min: number; max: number }) {
  const option: Option<number> = {
    flags,
    meaning,
    repeatable: false,
    choices: [],
    parse: (given) => {
      const written = given.at(-1);
      if (written === undefined) return otherwise;
      const value = /^\d+$/.test(written) ? Number(written) : Number.NaN;
      if (value >= range.min && value <= range.max) return value;
      const expected = `a whole number from ${range.min} to ${range.max}`;
      throw new CliError(
        `${flags}: expected ${expected}, found ${JSON.stringify(written)}`,
        undefined,
        exitCodes.usage,
      );
    },
  };
  return option;
}
