import type { Terminal, TextStream } from "../terminal.ts";

export interface CapturedTerminal extends Terminal {
  /** What was written to standard output and standard error so far. */
  readonly written: { output: string; errors: string };
  readonly interrupt: () => void;
}

/** A terminal that a test reads from; no terminal in the sense of colours unless `columns` says so. */
export function capturedTerminal(given: {
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly columns?: number;
  readonly workingDirectory?: string;
  readonly platform?: NodeJS.Platform;
}): CapturedTerminal {
  const written = { output: "", errors: "" };
  const interruption = new AbortController();
  const stream = (name: "output" | "errors"): TextStream => ({
    write: (text) => {
      written[name] += text;
    },
    isTerminal: given.columns !== undefined,
    columns: given.columns,
  });
  return {
    written,
    output: stream("output"),
    errors: stream("errors"),
    environment: given.environment,
    workingDirectory: given.workingDirectory ?? "/",
    platform: given.platform ?? "linux",
    readInput: async () => given.input ?? "",
    now: () => new Date(),
    interrupted: interruption.signal,
    interrupt: () => interruption.abort(),
  };
}
