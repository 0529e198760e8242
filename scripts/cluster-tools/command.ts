import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { ClusterProblem } from "./problem.ts";

export interface CommandOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface CommandResult {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command to its end, whatever its end is. Throws a ClusterProblem when there is no such command. */
export async function tryCommand(
  command: string,
  args: readonly string[],
  { input, folder, environment }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(environment === undefined ? {} : { env: environment }),
  });
  // A command that does not read its input to the end closes the pipe; its exit code tells whether that was right.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  try {
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { code: typeof code === "number" ? code : 1, output, errors };
  } catch (error) {
    throw new ClusterProblem(`${command} cannot be run: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The standard output of a command. Throws a ClusterProblem with what it said when it fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, output, errors } = await tryCommand(command, args, options);
  if (code === 0) return output;
  const said = `${errors}${output}`.trimEnd().split("\n").slice(-20).join("\n");
  throw new ClusterProblem(`${[command, ...args].join(" ")} ended with ${code}:\n${said}`);
}
