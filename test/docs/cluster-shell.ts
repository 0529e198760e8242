import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ensureProgram } from "../../scripts/cluster-tools/binaries.ts";
import { type CommandResult, runCommand, tryCommand } from "../../scripts/cluster-tools/command.ts";
import { findClusterPlaces } from "../../scripts/cluster-tools/places.ts";
import { definitionsFolder } from "../../scripts/conformance-tools/suite-binary.ts";
import type { BlockRunner } from "./block-runner.ts";

const script = join(import.meta.dirname, "../../scripts/cluster");
const root = join(import.meta.dirname, "../..");

/** What pages name that is elsewhere in a cluster of this machine: the Gateway API's release, and an image that the reader has pushed. */
const written = {
  definitions: "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.3/standard-install.yaml",
  registry: "registry.example.com/",
} as const;

/** A cluster of this run's own, and a folder like the one of somebody who works from a checkout. */
export class ClusterShell {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  #helm = "";

  private constructor(environment: NodeJS.ProcessEnv, folder: string) {
    this.#environment = environment;
    this.#folder = folder;
  }

  /** Why there can be no cluster here; undefined where there can. */
  static async obstacle(): Promise<string | undefined> {
    const { code, errors } = await tryCommand(script, ["check", "--built"]);
    return code === 0 ? undefined : errors.trim();
  }

  static async open(): Promise<ClusterShell> {
    const environment = { ...process.env, WEIR_CLUSTER: `docs-${process.pid}` };
    const folder = await mkdtemp(join(tmpdir(), "weir-docs-"));
    const shell = new ClusterShell(environment, folder);
    try {
      await shell.#fill();
      return shell;
    } catch (error) {
      await shell.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#cluster("down");
    await rm(this.#folder, { recursive: true });
  }

  async #fill(): Promise<void> {
    const { cache } = findClusterPlaces(this.#environment);
    const say = (message: string): void => void process.stderr.write(`docs: ${message}\n`);
    this.#helm = await ensureProgram(cache, "helm", this.#environment, say);
    await this.#cluster("up");
    await this.#cluster("images", "weir", "envoy");
    for (const name of ["bin", "deploy", "examples"]) await symlink(join(root, name), join(this.#folder, name));
    await writeFile(join(this.#folder, "standard-install.yaml"), await standardDefinitions(this.#environment));
  }

  async has(program: string): Promise<boolean> {
    const { code } = await this.#inside(`command -v ${program}`);
    return code === 0;
  }

  get runner(): BlockRunner {
    return {
      run: async (text) => {
        const { code, output, errors } = await this.#inside(this.#asHere(text));
        return { code, printed: output + errors };
      },
      asWritten: (printed) =>
        printed.replaceAll("docker.io/weir/", "weir/").replaceAll("weir/weir:", `${written.registry}weir/weir:`),
    };
  }

  #asHere(text: string): string {
    return text
      .replaceAll(written.definitions, join(this.#folder, "standard-install.yaml"))
      .replaceAll(written.registry, "");
  }

  #inside(text: string): Promise<CommandResult> {
    const folders = [join(root, "bin"), dirname(process.execPath), dirname(this.#helm)];
    const path = [...folders, process.env.PATH].join(delimiter);
    const command = ["exec", "--", "bash", "--norc", "-euo", "pipefail", "-c", text];
    const environment = { ...this.#environment, PATH: path };
    return tryCommand(script, command, { environment, folder: this.#folder });
  }

  async #cluster(...args: readonly string[]): Promise<void> {
    await runCommand(script, args, { environment: this.#environment });
  }
}

/** What a release of the Gateway API has as standard-install.yaml, from the release's Go module. */
async function standardDefinitions(environment: NodeJS.ProcessEnv): Promise<string> {
  const experimental = await definitionsFolder(join(root, "test/conformance"), environment);
  const folder = join(dirname(experimental), "standard");
  const names = (await readdir(folder)).filter((name) => name.startsWith("gateway.networking.k8s.io_")).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.join("\n---\n");
}
