import { delimiter } from "node:path";
import { type CommandOptions, runCommand } from "./command.ts";
import { ClusterProblem, unavailable } from "./problem.ts";
import { findCommand, searchedFolders } from "./requirements.ts";

/** Runs Go; one that is too old for what it is to build fetches the Go that is not. */
export async function runGo(
  args: readonly string[],
  { environment = {}, ...options }: CommandOptions,
): Promise<string> {
  const path = searchedFolders(environment).join(delimiter);
  return runCommand("go", args, { ...options, environment: { ...environment, PATH: path, GOTOOLCHAIN: "auto" } });
}

/** The same, for what is about downloads. Throws a ClusterProblem with exit code 69 where it fails: no fault of what is built. */
export async function downloadWithGo(args: readonly string[], options: CommandOptions): Promise<string> {
  if ((await findCommand("go", options.environment ?? {})) === undefined) {
    throw new ClusterProblem("Go is not installed; install Go 1.26 or newer", unavailable);
  }
  try {
    return await runGo(args, options);
  } catch (error) {
    throw error instanceof ClusterProblem ? new ClusterProblem(error.message, unavailable) : error;
  }
}
