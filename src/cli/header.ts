import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";

/** `-H 'name: value'` taken apart; names in lower case. */
export function parseHeaders(written: readonly string[]): readonly (readonly [string, string])[] {
  return written.map((header) => {
    const colon = header.indexOf(":");
    const name = header.slice(0, colon).trim().toLowerCase();
    if (colon < 1 || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
      throw new CliError(`not a header: ${JSON.stringify(header)}`, "write it as 'name: value'", exitCodes.usage);
    }
    return [name, header.slice(colon + 1).trim()];
  });
}
