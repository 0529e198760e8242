/** A cluster as suites and benchmarks use it: through the commands of this folder's scripts alone. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { join } from "node:path";
import type { Json, JsonObject } from "../../src/model/source-object.ts";
import { definitionsFolder } from "../conformance-tools/suite-binary.ts";
import { type CommandResult, runCommand, tryCommand } from "./command.ts";
import type { LocalImageName } from "./images.ts";
import { repository } from "./weir-image.ts";

export interface SessionOptions {
  /** Which cluster, as WEIR_CLUSTER names it. Default: that of the environment. */
  readonly name?: string;
  readonly say: (message: string) => void;
}

export interface WeirOptions {
  /** Default: what `weir install` says. */
  readonly replicas?: number;
}

export const installationNamespace = "weir-system";

export class ClusterSession {
  readonly script = join(repository, "scripts", "cluster");
  readonly #environment: NodeJS.ProcessEnv;
  readonly #say: (message: string) => void;

  constructor({ name, say }: SessionOptions) {
    this.#environment = { ...process.env, ...(name === undefined ? {} : { WEIR_CLUSTER: name }) };
    this.#say = say;
  }

  /** Why no cluster can be had here without building its programs first; undefined where one can. */
  async unavailable(): Promise<string | undefined> {
    const { code, errors } = await this.try("check", "--built");
    return code === 0 ? undefined : errors.trim();
  }

  async try(...args: readonly string[]): Promise<CommandResult> {
    return tryCommand(this.script, args, { environment: this.#environment });
  }

  /** What a command of scripts/cluster printed. Throws a ClusterProblem when it fails. */
  async run(...args: readonly string[]): Promise<string> {
    return runCommand(this.script, args, { environment: this.#environment });
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return this.run("kubectl", ...args);
  }

  /** An object, or the list of those that `args` name; what is missing makes it fail. */
  async get(...args: readonly string[]): Promise<Json> {
    return JSON.parse(await this.kubectl("get", ...args, "--output=json"));
  }

  /** Objects, or the text of manifests, as a user applies them. */
  async apply(manifests: string | readonly JsonObject[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: manifests };
    await this.#apply(["-f", "-"], typeof manifests === "string" ? manifests : JSON.stringify(list));
  }

  /** Starts a command in the cluster's network. */
  spawn(command: readonly string[], options: SpawnOptions): ChildProcess {
    return spawn(this.script, ["exec", "--", ...command], { ...options, env: this.#environment });
  }

  /** Brings the cluster up, with images made from this checkout. */
  async up(...images: readonly LocalImageName[]): Promise<void> {
    await this.run("up");
    this.#say("making images");
    await this.run("images", ...images);
  }

  /** Installs the Gateway API's definitions, experimental channel, and the Weir of this checkout. */
  async install(options: WeirOptions = {}): Promise<void> {
    await this.installDefinitions();
    await this.installWeir(options);
  }

  async installDefinitions(): Promise<void> {
    this.#say("installing the definitions of the Gateway API");
    const definitions = await definitionsFolder(join(repository, "test", "conformance"), process.env);
    await this.#apply(["-k", definitions]);
  }

  /** Installs the Weir of this checkout in place of whichever runs, and waits until it does. */
  async installWeir({ replicas }: WeirOptions = {}): Promise<void> {
    const chosen = replicas === undefined ? [] : ["--replicas", String(replicas)];
    this.#say("installing Weir");
    const before = await this.#weirGeneration();
    await this.apply(await runCommand(join(repository, "bin", "weir"), ["install", ...chosen]));
    const rollout = ["--namespace", installationNamespace, "rollout"];
    // An image of the same version may hold other code than the pods that run.
    if ((await this.#weirGeneration()) === before) await this.kubectl(...rollout, "restart", "deployment/weir");
    await this.kubectl(...rollout, "status", "deployment/weir", "--timeout=180s");
  }

  /** Installs Weir as it was at a commit, from the image that `older-weir` made and with the objects that it prints itself. */
  async installOlderWeir(commit: string): Promise<void> {
    await this.run("older-weir", commit);
    const image = `weir/weir:${commit}`;
    const pod = ["--namespace", "default", "weir-install"];
    const run = ["--image", image, "--image-pull-policy=Never", "--restart=Never", "--", "install", "--image", image];
    await this.kubectl("run", ...pod, ...run);
    await this.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/weir-install", "--timeout=60s");
    await this.apply(await this.kubectl("logs", ...pod));
    await this.kubectl("delete", "pod", ...pod);
    const rollout = ["--namespace", installationNamespace, "rollout", "status", "deployment/weir"];
    await this.kubectl(...rollout, "--timeout=180s");
  }

  /** Changes with what the Deployment says; empty without one. */
  async #weirGeneration(): Promise<string> {
    const deployment = ["--namespace", installationNamespace, "deployment/weir", "--ignore-not-found"];
    return this.kubectl("get", ...deployment, "--output=jsonpath={.metadata.generation}");
  }

  async #apply(args: readonly string[], input?: string): Promise<void> {
    const command = ["kubectl", "apply", "--server-side", "--force-conflicts", ...args];
    await runCommand(this.script, command, {
      environment: this.#environment,
      ...(input === undefined ? {} : { input }),
    });
  }
}
