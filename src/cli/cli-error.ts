import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** Ends a command with a message for the person who typed it; anything else that is thrown is a defect. */
export class CliError extends Error {
  /** What to do about it. */
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, hint?: string, exitCode: ExitCode = exitCodes.failed) {
    super(message);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
