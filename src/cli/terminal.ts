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

/** What a write says when nobody reads any more: the other end of a pipe was closed, or the terminal. */
const nobodyReads: readonly unknown[] = ["EPIPE", "EIO"];

/**
 * The terminal of this process. The first Ctrl-C asks the command to end, the second one ends it. It is asked to end too when
 * its terminal is closed, or the reader of its output: whoever ran it is gone, and what it started must not stay behind.
 */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort(signal);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // Without a terminal there is none to be closed: the signal keeps its meaning, which nohup changes.
  if (process.stdout.isTTY) process.on("SIGHUP", () => interruption.abort("SIGHUP"));
  // A reader that has seen enough (`| head`) is no error.
  const failed = (error: NodeJS.ErrnoException): void => {
    if (!nobodyReads.includes(error.code)) throw error;
    interruption.abort(error.code);
  };
  process.stdout.on("error", failed);
  process.stderr.on("error", failed);
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
