import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { processIdentity } from "./process-identity.ts";

/** What a restarted Weir needs to recognise the Envoy that its predecessor started. */
export interface EnvoyState {
  readonly pid: number;
  /** See `processIdentity`. */
  readonly identity: string;
  readonly nodeId: string;
  /** Hash of everything that takes effect only in a new process: binary, arguments, bootstrap. */
  readonly fingerprint: string;
}

/** Written whole or not at all. */
export async function writeEnvoyState(file: string, state: EnvoyState): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function removeEnvoyState(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** The state in the file, if there is one and the process in it is still that process. */
export async function readRunningEnvoy(file: string): Promise<EnvoyState | undefined> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
  if (!isEnvoyState(parsed)) return undefined;
  return (await processIdentity(parsed.pid)) === parsed.identity ? parsed : undefined;
}

function isEnvoyState(value: unknown): value is EnvoyState {
  if (typeof value !== "object" || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  return (
    Number.isInteger(field("pid")) &&
    [field("identity"), field("nodeId"), field("fingerprint")].every((text) => typeof text === "string")
  );
}
