import { DevelopmentCaError } from "../../identity/development-ca.ts";
import { CliError } from "../cli-error.ts";

/** A development authority that cannot be used is the person's to mend, not a defect. */
export function asCliError(error: unknown): never {
  if (error instanceof DevelopmentCaError) throw new CliError(error.message);
  if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EROFS")) {
    throw new CliError(
      `cannot write the development certificate authority: ${error.message}`,
      "choose another place with the setting development.directory",
    );
  }
  throw error;
}
