import { spawn } from "node:child_process";

export interface Captured {
  /** The exit code; undefined when the process could not be started or was ended by a signal. */
  readonly code: number | undefined;
  /** Why the process could not be started, such as ENOENT or ENOEXEC. */
  readonly failure: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and gives what it wrote. Never rejects: a command that cannot start is a result too. */
export function capture(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Captured> {
  const { promise, resolve } = Promise.withResolvers<Captured>();
  let stdout = "";
  let stderr = "";
  const failed = (error: unknown): void => {
    const failure = error instanceof Error && "code" in error ? String(error.code) : String(error);
    resolve({ code: undefined, failure, stdout, stderr });
  };
  try {
    const child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", failed);
    child.on("close", (code) => resolve({ code: code ?? undefined, failure: undefined, stdout, stderr }));
  } catch (error) {
    // Some systems report a binary of another architecture as an exception of spawn itself.
    failed(error);
  }
  return promise;
}
