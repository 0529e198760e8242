import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { textAt } from "../../src/model/json.ts";
import { downloadWithGo, runGo } from "../cluster-tools/go-command.ts";
import { ClusterProblem } from "../cluster-tools/problem.ts";

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
  const options = { folder: module, environment };
  await downloadWithGo(["list", "-test", "-deps", "."], options);
  await runGo(["test", "-c", "-o", unfinished, "."], options);
  await rename(unfinished, binary);
  return binary;
}

/** The folder with the definitions of the suite's own release, experimental channel. */
export async function definitionsFolder(module: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const args = ["mod", "download", "-json", "sigs.k8s.io/gateway-api"];
  const folder = textAt(JSON.parse(await downloadWithGo(args, { folder: module, environment })), "Dir");
  if (folder === undefined) throw new ClusterProblem("`go mod download -json` names no folder for the Gateway API");
  return join(folder, "config", "crd", "experimental");
}
