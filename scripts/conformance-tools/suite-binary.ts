import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../cluster-tools/command.ts";

const parts = ["go.mod", "go.sum", "suite_test.go"];

/**
 * The compiled suite, kept in the user's cache under a hash of what it is made from; building it takes about a minute.
 * @param module folder of the Go module.
 */
export async function buildSuite(
  module: string,
  cache: string,
  environment: NodeJS.ProcessEnv,
  say: (message: string) => void,
): Promise<string> {
  const texts = await Promise.all(parts.map((name) => readFile(join(module, name))));
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text);
  const folder = join(cache, "conformance", hash.digest("hex").slice(0, 16));
  const binary = join(folder, "suite.test");
  if (existsSync(binary)) return binary;
  say("building the suite (the first time takes a minute)");
  await mkdir(folder, { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  await runCommand("go", ["test", "-c", "-o", unfinished, "."], { folder: module, environment });
  await rename(unfinished, binary);
  return binary;
}

/** The folder with the definitions of the suite's own release, experimental channel. */
export async function definitionsFolder(module: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const args = ["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/gateway-api"];
  const folder = await runCommand("go", args, { folder: module, environment });
  return join(folder.trim(), "config", "crd", "experimental");
}
