/** What the exit code of every command means; documented in docs/reference/cli.md. */
export const exitCodes = {
  ok: 0,
  /** The command ran and the answer is no: errors were found, a request was refused. */
  failed: 1,
  /** The command was given wrong arguments or a wrong configuration. */
  usage: 2,
  /** Weir does not run, or does not answer. */
  unreachable: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
