import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@bufbuild/protobuf";

/** What Envoy says about a bootstrap it refuses; undefined for one it would start with. */
export async function refusalOf(envoy: string, bootstrap: JsonValue): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "weir-validate-"));
  const file = join(folder, "bootstrap.json");
  await writeFile(file, JSON.stringify(bootstrap), { mode: 0o600 });
  try {
    return await new Promise((resolve) => {
      const options = { maxBuffer: 1 << 26 };
      execFile(
        envoy,
        ["--mode", "validate", "-c", file, "--concurrency", "1", "-l", "critical"],
        options,
        (error, out, err) => resolve(error === null ? undefined : shortened(`${err}${out}`)),
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The ends of the last lines; a configuration can be part of a message. */
function shortened(text: string): string {
  const lines = text.trimEnd().split("\n").slice(-12);
  return lines.map((line) => (line.length > 700 ? `${line.slice(0, 350)} … ${line.slice(-350)}` : line)).join("\n");
}
