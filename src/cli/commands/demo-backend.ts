import { once } from "node:events";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { startDemoBackend } from "../demo/backend.ts";
import { exitCodes } from "../exit-codes.ts";
import { demo } from "../options.ts";

export const run: RunCommand = async ({ terminal, value }) => {
  const name = value(demo.name) ?? "demo";
  const version = value(demo.version) ?? "v1";
  const address = value(demo.address) ?? "127.0.0.1";
  const port = value(demo.port);
  const backend = await startDemoBackend({ name, version, address, port }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`cannot listen on ${address}:${port}: ${reason}`, "choose another port with --port");
  });
  terminal.output.write(`${name} ${version} listens on ${address}:${backend.port}\n`);
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, "abort");
  await backend.close();
  return exitCodes.ok;
};
