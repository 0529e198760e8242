import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { ClusterSession } from "../../scripts/cluster-tools/session.ts";
import { listAt, textAt } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";
import type { Answer, Answered, Asked, Question } from "./answers.ts";
import { backendNames, backendObjects, gatewayObjects, ingress, namespace, suiteSelector } from "./objects.ts";

/** How long a change may take from the API server to the proxies; a busy machine is slow. */
const patienceMs = 30_000;

/** The cluster that WEIR_CLUSTER names is used and left; without it there is one of this run's own. */
const given = process.env.WEIR_CLUSTER;

/** A cluster with Weir, backends whose answers tell which of them it was, and somebody in its network who asks. */
export class SuiteCluster {
  readonly #session = new ClusterSession({
    name: given ?? `test-${process.pid}`,
    say: (message) => void process.stderr.write(`ingress-suite: ${message}\n`),
  });
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #questions: Writable | undefined;
  #closed: Promise<void> | undefined;
  #asked = 0;
  #marked = 0;

  /** Why the suite cannot be run here; undefined where it can. */
  unavailable(): Promise<string | undefined> {
    return this.#session.unavailable();
  }

  async open(): Promise<void> {
    await this.#session.up("envoy", "weir", "echo-basic");
    await this.#session.install();
    await this.#remove("--wait");
    await this.apply(...backendObjects());
    await this.kubectl("wait", "--for=condition=Available", "deployment", "--all", "--timeout=120s");
    const asker = this.#session.spawn([process.execPath, join(import.meta.dirname, "asker.ts")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    assert.ok(asker.stdin !== null && asker.stdout !== null);
    createInterface(asker.stdout).on("line", (line) => {
      const { id, answer }: Answered = JSON.parse(line);
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
    this.#closed = once(asker, "close").then(() => {
      for (const resolve of this.#waiting.values()) resolve({ error: "the process that asks has ended" });
    });
    this.#questions = asker.stdin;
  }

  async close(): Promise<void> {
    this.#questions?.end();
    await this.#closed;
    if (given === undefined) await this.#session.run("down");
    else await this.#remove("--wait=false");
  }

  /** A gateway for one group of examples, with an IngressClass of the same name that leads to it. */
  async gateway(name: string): Promise<void> {
    await this.apply(...gatewayObjects(name));
  }

  /**
   * Applies Ingresses of one class and waits until they are in effect; resolves to the address that their status tells. The last
   * one, which is made for this, needs every backend, and changes take effect in the order in which they were written.
   */
  async serve(className: string, ...ingresses: readonly JsonObject[]): Promise<string> {
    this.#marked++;
    const name = `in-effect-${this.#marked}`;
    const host = `${name}.example`;
    const paths = backendNames.map((backend) => ({ path: `/${backend}`, backend }));
    await this.apply(...ingresses, ingress(name, className, { rules: [{ host, paths }] }));
    const address = await this.addressOf(name);
    for (const backend of backendNames) {
      await this.expect({ address, host, path: `/${backend}` }, { status: 200, service: backend });
    }
    return address;
  }

  /** The address that an Ingress's status tells, once it tells one. */
  async addressOf(name: string): Promise<string> {
    const address = "{.status.loadBalancer.ingress[0].ip}";
    await this.kubectl("wait", `--for=jsonpath=${address}`, `ingress/${name}`, "--timeout=60s");
    return this.kubectl("get", "ingress", name, `--output=jsonpath=${address}`);
  }

  apply(...objects: readonly JsonObject[]): Promise<void> {
    return this.#session.apply(objects);
  }

  /** An object as the API server has it; `kind` as kubectl takes it. */
  read(kind: string, name: string, inNamespace: string = namespace): Promise<Json> {
    return this.#session.get("--namespace", inNamespace, kind, name);
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.#session.kubectl("--namespace", namespace, ...args);
  }

  /** Asserts that a request is answered as wanted, as far as that is given. */
  async expect(question: Question, wanted: Answer): Promise<void> {
    assert.partialDeepStrictEqual(await this.ask(question, wanted), wanted, `${question.host}${question.path}`);
  }

  /** Asks until the answer is as wanted, for a while; resolves to the last answer. */
  async ask(question: Question, wanted: Answer = {}): Promise<Answer> {
    const questions = this.#questions;
    assert.ok(questions !== undefined, "the cluster is open");
    const id = this.#asked++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const asked: Asked = { id, question, wanted, patienceMs };
    questions.write(`${JSON.stringify(asked)}\n`);
    return answered;
  }

  async #remove(wait: string): Promise<void> {
    await this.kubectl("delete", "ingressclass", `--selector=${suiteSelector}`, wait);
    await this.kubectl("delete", "namespace", namespace, "--ignore-not-found", wait);
  }
}

/** The IP addresses in a status, for comparing those of different kinds. */
export function addressesIn(object: Json, ...path: readonly string[]): readonly string[] {
  return listAt(object, ...path).flatMap((entry) => textAt(entry, "ip") ?? textAt(entry, "value") ?? []);
}
