import { TokenFileError } from "../../api/auth/token-file.ts";
import { ApiStartError } from "../../api/server-options.ts";
import { EnvoyProblem } from "../../dataplane/envoy-problem.ts";
import { DevelopmentCaError } from "../../identity/development-ca.ts";
import { ServeProblem } from "../../serve/serve-problem.ts";
import { StoreError } from "../../sources/store/store-error.ts";
import { CliError } from "../cli-error.ts";

/** What a person can mend when Weir does not start, as an error that says so; anything else stays what it is. */
export function startProblem(error: unknown): unknown {
  if (error instanceof EnvoyProblem || error instanceof ServeProblem) return new CliError(error.message, error.hint);
  const explainsItself = [ApiStartError, TokenFileError, StoreError, DevelopmentCaError];
  if (error instanceof Error && explainsItself.some((kind) => error instanceof kind))
    return new CliError(error.message);
  if (!(error instanceof Error) || !("code" in error)) return error;
  switch (error.code) {
    case "ENOSPC":
      return new CliError(`the disk is full: ${error.message}`, "free some space, or choose another --state-directory");
    case "ENOENT":
      return new CliError(`a file is missing: ${error.message}`);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new CliError(`no permission: ${error.message}`, "choose another --state-directory, or run as its owner");
    case "EEXIST":
    case "ENOTDIR":
      return new CliError(
        `a file is where a directory is needed: ${error.message}`,
        "remove it, or choose another --state-directory",
      );
    case "EADDRINUSE":
      return new CliError(
        `something listens there already: ${error.message}`,
        "choose another one in the configuration",
      );
    default:
      return error;
  }
}
