import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../model/source-object.ts";
import { capture } from "./capture.ts";

export interface ConfigurationVerdict {
  readonly accepted: boolean;
  /** What Envoy said against it; empty when it was accepted. */
  readonly reason: string;
}

/**
 * Asks a real Envoy whether it would start with a bootstrap configuration (Envoy's JSON form), without starting it.
 *
 * Checks everything Envoy checks when it loads static resources: field rules, extensions and their configuration, names
 * that refer to each other. Takes about a tenth of a second; opens no ports.
 */
export async function validateConfiguration(
  envoy: { readonly path: string },
  configuration: JsonObject,
): Promise<ConfigurationVerdict> {
  const folder = await mkdtemp(join(tmpdir(), "weir-validate-"));
  try {
    const file = join(folder, "bootstrap.json");
    await writeFile(file, JSON.stringify(configuration), { mode: 0o600 });
    const result = await capture(envoy.path, [
      ...["--mode", "validate", "--config-path", file, "--log-level", "error"],
      ...["--concurrency", "1", "--disable-hot-restart"],
    ]);
    if (result.failure !== undefined) throw new Error(`${envoy.path} did not start: ${result.failure}`);
    return result.code === 0 ? { accepted: true, reason: "" } : { accepted: false, reason: result.stderr.trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
