import { plainStyler } from "../../explain/styler.ts";
import { commands } from "../command-table.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { reportFailure, runProgram } from "../program.ts";
import { type CapturedTerminal, capturedTerminal } from "./captured-terminal.ts";

export interface WeirResult {
  readonly exitCode: ExitCode;
  readonly output: string;
  readonly errors: string;
}

/** Runs one command in this process, from the words a person would type. */
export async function runWeir(
  words: readonly string[],
  given: Parameters<typeof capturedTerminal>[0],
): Promise<WeirResult> {
  return runOn(capturedTerminal(given), words);
}

export async function runOn(terminal: CapturedTerminal, words: readonly string[]): Promise<WeirResult> {
  let exitCode: ExitCode = exitCodes.ok;
  try {
    exitCode = await runProgram(commands, words, terminal);
  } catch (error) {
    exitCode = reportFailure(error, terminal, plainStyler.bad);
  }
  return { exitCode, ...terminal.written };
}
