import type { Environment } from "../config/places.ts";

export interface TextStream {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Undefined where it is no terminal. */
  readonly columns: number | undefined;
}

/** All of the outside world that a command sees, so that tests can stand in for it. */
export interface Terminal {
  readonly output: TextStream;
  readonly errors: TextStream;
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly platform: NodeJS.Platform;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  readonly now: () => Date;
  /** Aborted when the person wants the command to end (Ctrl-C, SIGTERM). */
  readonly interrupted: AbortSignal;
}

function streamOf(stream: NodeJS.WriteStream): TextStream {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}

/** The terminal of this process. The first Ctrl-C asks the command to end, the second one ends it. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort(signal);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    output: streamOf(process.stdout),
    errors: streamOf(process.stderr),
    environment: process.env,
    workingDirectory: process.cwd(),
    platform: process.platform,
    readInput: async () => {
      const { text } = await import("node:stream/consumers");
      return text(process.stdin);
    },
    now: () => new Date(),
    interrupted: interruption.signal,
  };
}
