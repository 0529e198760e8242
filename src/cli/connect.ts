import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { CliError } from "./cli-error.ts";
import type { Invocation } from "./command.ts";
import { configurationFor } from "./configuration.ts";
import { exitCodes } from "./exit-codes.ts";
import { common } from "./options.ts";
import { readRunningInstance } from "./running-instance.ts";

/** Where the API keeps the token of its owner. */
export const tokenFileName = "token";

/**
 * The Weir that a command talks to: `--server` or WEIR_URL; otherwise the one that runs on the state directory; otherwise the one that
 * would run with this configuration. The token is WEIR_TOKEN or the one in the state directory.
 */
export async function connect(invocation: Invocation): Promise<ApiClient> {
  const { terminal, value } = invocation;
  const directory = value(common.stateDirectory);
  const { stateDirectory, api } = await configurationFor(invocation, {
    development: true,
    ...(directory === undefined ? {} : { flags: new Map([["state-directory", directory]]) }),
  });
  const named = value(common.server) ?? terminal.environment.WEIR_URL;
  if (named !== undefined && URL.parse(named) === null) {
    throw new CliError(`not a URL: ${named}`, "write it as http://127.0.0.1:9347", exitCodes.usage);
  }
  const host = api.address.includes(":") ? `[${api.address}]` : api.address;
  const running = named === undefined ? await readRunningInstance(stateDirectory) : undefined;
  const token = terminal.environment.WEIR_TOKEN ?? (await readToken(join(stateDirectory, tokenFileName)));
  return createApiClient({ url: named ?? running?.url ?? `http://${host}:${api.port}`, token });
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new CliError(
      `cannot read the API token in ${file}`,
      "it belongs to the person who runs Weir, or set WEIR_TOKEN",
    );
  }
}
