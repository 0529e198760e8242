/** What the suite needs of the cluster, through scripts/cluster alone. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isObject, listAt, textAt } from "../../src/model/json.ts";
import type { Json } from "../../src/model/source-object.ts";
import { runCommand, tryCommand } from "../cluster-tools/command.ts";
import { ClusterProblem } from "../cluster-tools/problem.ts";

export const gatewayClass = "gateway-conformance";

const patienceMs = 180_000;

export class ClusterSession {
  readonly #root: string;
  readonly #say: (message: string) => void;

  constructor(root: string, say: (message: string) => void) {
    this.#root = root;
    this.#say = say;
  }

  get script(): string {
    return join(this.#root, "scripts", "cluster");
  }

  /** Brings the cluster up, and the definitions, Weir and the suite's GatewayClass into it. */
  async install(definitions: string): Promise<void> {
    await runCommand(this.script, ["up"]);
    this.#say("making images");
    await runCommand(this.script, ["images"]);
    this.#say("installing definitions and Weir");
    await this.#apply(["-k", definitions]);
    const weir = await runCommand(join(this.#root, "bin", "weir"), ["install"]);
    await this.#apply(["-f", "-"], weir);
    // An image of the same version may hold other code than the pods that run.
    await this.kubectl("-n", "weir-system", "rollout", "restart", "deployment");
    await this.kubectl("-n", "weir-system", "rollout", "status", "deployment", "--timeout=180s");
  }

  /** Makes the GatewayClass and waits until Weir has accepted it and said what it supports. */
  async supportedFeatures(): Promise<readonly string[]> {
    const wanted = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: gatewayClass },
      spec: { controllerName: "weir.dev/gateway" },
    };
    await this.#apply(["-f", "-"], JSON.stringify(wanted));
    await this.kubectl("wait", "--for=condition=Accepted", `gatewayclass/${gatewayClass}`, "--timeout=60s");
    const written = parse(await this.kubectl("get", "gatewayclass", gatewayClass, "-o", "json"));
    return listAt(written, "status", "supportedFeatures").flatMap((feature) => textAt(feature, "name") ?? []);
  }

  /** Waits until nothing is left of an earlier run: the suite fails at once in namespaces that are still being deleted. */
  async clean(): Promise<void> {
    const until = Date.now() + patienceMs;
    for (let left = await this.#suiteNamespaces(); left.length > 0; left = await this.#suiteNamespaces()) {
      const kept = left.filter(({ phase }) => phase !== "Terminating").map(({ name }) => name);
      if (kept.length > 0) {
        this.#say(`removing what an earlier run left: ${kept.join(", ")}`);
        await this.kubectl("delete", "namespace", "--wait=false", ...kept);
      }
      if (Date.now() > until) {
        throw new ClusterProblem(`namespaces do not go: ${left.map(({ name }) => name).join(", ")}`);
      }
      await delay(1000);
    }
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return runCommand(this.script, ["kubectl", ...args]);
  }

  async #apply(args: readonly string[], input?: string): Promise<void> {
    const command = ["kubectl", "apply", "--server-side", "--force-conflicts", ...args];
    await runCommand(this.script, command, input === undefined ? {} : { input });
  }

  async #suiteNamespaces(): Promise<readonly { readonly name: string; readonly phase: string }[]> {
    const { code, output, errors } = await tryCommand(this.script, ["kubectl", "get", "namespaces", "-o", "json"]);
    if (code !== 0) throw new ClusterProblem(errors.trim());
    return listAt(parse(output), "items").flatMap((item) => {
      const name = textAt(item, "metadata", "name") ?? "";
      const phase = textAt(item, "status", "phase") ?? "";
      return /^gateway-(conformance|api)-/.test(name) ? [{ name, phase }] : [];
    });
  }
}

function parse(text: string): Json {
  const value: Json = JSON.parse(text);
  return isObject(value) ? value : {};
}
