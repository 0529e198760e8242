import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const biome = fileURLToPath(new URL("../../node_modules/.bin/biome", import.meta.url));

/** The text as the formatter of the repository leaves it. */
export function formatted(path: string, text: string): string {
  return execFileSync(biome, ["format", `--stdin-file-path=${path}`], { input: text, encoding: "utf8" });
}
