import type { Collection } from "../incremental/collection.ts";
import { structurallyEqual } from "../incremental/equal.ts";
import { Backoff } from "../kubernetes/backoff.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import type { Clock } from "../kubernetes/clock.ts";
import { isObject, textAt } from "../model/json.ts";
import type { JsonObject } from "../model/source-object.ts";
import { type Applied, isOurs, mustApply, projected } from "./difference.ts";
import {
  gatewayObjects,
  type InstallationSettings,
  type SettledProxies,
  type WantedProxies,
} from "./gateway-objects.ts";
import { identityOf, kindOf, objectPath } from "./kubernetes-object.ts";
import { type LiveObjects, labelOf } from "./live-objects.ts";
import { fieldManager } from "./names.ts";
import { namespaceGoes, nameTaken, type ProvisioningProblem, podProblem, refusal } from "./problem.ts";

export interface ProvisionerOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** By `namespace/name`. */
  readonly wanted: Collection<WantedProxies>;
  /** What exists, listed already; the caller's. */
  readonly live: LiveObjects;
  /** Asked whenever objects are computed; call `settingsChanged` when it would answer something else. */
  readonly settings: () => InstallationSettings;
  /** Told whenever something else than before is wrong with a gateway's proxies, and undefined when nothing is any more. */
  readonly onProblem: (gateway: string, problem: ProvisioningProblem | undefined) => void;
  /** Told of what fails on the way to the API server. Never contains secrets. */
  readonly onTrouble: (gateway: string, problem: string) => void;
}

/** Gateways that are worked on at the same time. */
const AT_ONCE = 4;

/** A refusal for which something else has to change first is tried again this much later. */
const REFUSED_AGAIN_MS = 30_000;

/**
 * Makes and keeps the objects of every wanted gateway, for the one replica that leads and as long as it does. Level-triggered: what is wanted is compared
 * with what a watch says exists, and only what differs is applied (server-side, field manager `weir`), so that an edit costs what it changes and what
 * somebody else deletes comes back. Objects that Weir did not make are never touched.
 */
export class Provisioner {
  readonly #options: ProvisionerOptions;
  /** Gateways by the label under which their objects are found. */
  readonly #byLabel = new Map<string, string>();
  readonly #applied = new Map<string, Applied>();
  readonly #problems = new Map<string, ProvisioningProblem>();
  readonly #troubles = new Map<string, string>();
  readonly #waiting = new Set<string>();
  readonly #working = new Set<string>();
  readonly #retries = new Map<string, { readonly backoff: Backoff; cancel: () => void }>();
  readonly #stop = new AbortController();
  readonly #idle: (() => void)[] = [];
  readonly #unsubscribe: (() => void)[] = [];

  constructor(options: ProvisionerOptions) {
    this.#options = options;
  }

  start(): void {
    const { wanted, live } = this.#options;
    for (const [gateway] of wanted.entries()) this.#byLabel.set(labelOf(gateway), gateway);
    this.#unsubscribe.push(
      wanted.subscribe((changes) => {
        for (const gateway of changes.keys()) {
          this.#byLabel.set(labelOf(gateway), gateway);
          this.#enqueue(labelOf(gateway));
        }
      }),
      live.subscribe((label) => this.#enqueue(label)),
    );
    for (const label of [...this.#byLabel.keys(), ...live.labels()]) this.#enqueue(label);
  }

  /** After it resolves nothing is written any more: another replica may lead. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const end of this.#unsubscribe) end();
    this.#waiting.clear();
    for (const { cancel } of this.#retries.values()) cancel();
    await this.idle();
  }

  /** Resolves when nothing is being worked on. */
  idle(): Promise<void> {
    if (this.#working.size === 0 && this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** The settings of the installation are others now (a certificate authority came or went). */
  settingsChanged(): void {
    for (const label of this.#byLabel.keys()) this.#enqueue(label);
  }

  #enqueue(label: string): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting.add(label);
    this.#pump();
  }

  #pump(): void {
    for (const label of this.#waiting) {
      if (this.#working.size >= AT_ONCE) return;
      if (this.#working.has(label)) continue;
      this.#waiting.delete(label);
      this.#working.add(label);
      void this.#work(label).finally(() => {
        this.#working.delete(label);
        this.#pump();
        if (this.#working.size === 0 && this.#waiting.size === 0) for (const done of this.#idle.splice(0)) done();
      });
    }
  }

  async #work(label: string): Promise<void> {
    const gateway = this.#byLabel.get(label);
    const looked = gateway === undefined ? undefined : this.#options.wanted.get(gateway);
    const wanted = looked === undefined ? undefined : settled(looked);
    if (looked !== undefined && wanted === undefined) return;
    try {
      const refused = await this.#reconcile(label, wanted);
      if (this.#stop.signal.aborted) return;
      if (refused === undefined) this.#succeeded(label);
      else this.#tryAgain(label, REFUSED_AGAIN_MS);
      this.#troubles.delete(label);
      if (gateway !== undefined)
        this.#judge(gateway, wanted === undefined ? undefined : (refused ?? this.#pods(label)));
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#failed(label, error instanceof Error ? error.message : String(error));
    }
    if (gateway !== undefined && this.#options.wanted.get(gateway) === undefined) this.#byLabel.delete(label);
  }

  /** Returns what the server refuses for good; throws where trying again soon may help. */
  async #reconcile(label: string, wanted: SettledProxies | undefined): Promise<ProvisioningProblem | undefined> {
    const { live, settings } = this.#options;
    const [namespace = ""] = label.split("/");
    const objects = wanted === undefined ? [] : gatewayObjects(wanted, settings(), live.servicesIn(namespace));
    const identities = new Set(objects.map(identityOf));
    const pods = objects.filter(({ kind }) => kind === "Deployment");
    const others = objects.filter(({ kind }) => kind !== "Deployment");
    // Pods that start before their volumes and account exist are held back by the kubelet for seconds.
    const problems = [
      ...(await Promise.all(others.map((object) => this.#ensure(object)))),
      ...(await Promise.all(pods.map((object) => this.#ensure(object)))),
    ];
    const extra = live.of(label).filter((object) => !identities.has(identityOf(object)) && isOurs(object));
    await Promise.all(extra.map((object) => this.#remove(object)));
    return problems.find((problem) => problem !== undefined);
  }

  async #ensure(wanted: JsonObject): Promise<ProvisioningProblem | undefined> {
    const { client, live } = this.#options;
    const { signal } = this.#stop;
    const identity = identityOf(wanted);
    const known = live.get(identity);
    if (!mustApply(wanted, known, this.#applied.get(identity))) return undefined;
    const path = pathOf(wanted);
    if (known === undefined || !isOurs(known)) {
      const answer = await client.request({ method: "GET", path, signal });
      if (answer.status === 200 && isObject(answer.body) && !isOurs(answer.body)) return nameTaken(identity);
      if (isPassing(answer.status)) throw new Error(refusal(identity, answer).message);
    }
    const query = { fieldManager, force: "true" };
    const contentType = "application/apply-patch+yaml";
    const answer = await client.request({ method: "PATCH", path, query, contentType, body: wanted, signal });
    const { status, body } = answer;
    if (status === 200 || status === 201) {
      if (isObject(body)) {
        this.#applied.set(identity, { wanted, outcome: projected(body, wanted) });
        live.written(body, known);
      }
      return undefined;
    }
    // What it is for goes with it, a moment later.
    if (namespaceGoes(answer)) return undefined;
    const problem = refusal(identity, answer);
    // A webhook that does not answer is the cluster's to mend, whatever status that comes with.
    if (isPassing(status) && !problem.message.includes("failed calling webhook")) throw new Error(problem.message);
    return problem;
  }

  async #remove(object: JsonObject): Promise<void> {
    const { client } = this.#options;
    const uid = textAt(object, "metadata", "uid");
    const body = {
      ...{ apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" },
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    };
    const { signal } = this.#stop;
    const answer = await client.request({ method: "DELETE", path: pathOf(object), body, signal });
    this.#applied.delete(identityOf(object));
    // 404: gone already. 409: another object has the name by now; the watch tells of it.
    if (answer.status < 300 || answer.status === 404 || answer.status === 409) return;
    throw new Error(refusal(identityOf(object), answer).message);
  }

  #pods(label: string): ProvisioningProblem | undefined {
    const deployment = this.#options.live.of(label).find(({ kind }) => kind === "Deployment");
    return deployment === undefined ? undefined : podProblem(identityOf(deployment), deployment);
  }

  #succeeded(label: string): void {
    this.#retries.get(label)?.cancel();
    this.#retries.delete(label);
  }

  #failed(label: string, problem: string): void {
    if (this.#troubles.get(label) !== problem) this.#options.onTrouble(label, problem);
    this.#troubles.set(label, problem);
    this.#tryAgain(label, 0);
  }

  #tryAgain(label: string, atLeastMs: number): void {
    const { clock } = this.#options;
    const before = this.#retries.get(label);
    before?.cancel();
    const backoff = before?.backoff ?? new Backoff(clock);
    const cancel = clock.after(backoff.next(atLeastMs), () => this.#enqueue(label));
    this.#retries.set(label, { backoff, cancel });
  }

  /** Says what is wrong with a gateway's proxies, if it is something else than before. */
  #judge(gateway: string, problem: ProvisioningProblem | undefined): void {
    if (structurallyEqual(this.#problems.get(gateway), problem)) return;
    if (problem === undefined) this.#problems.delete(gateway);
    else this.#problems.set(gateway, problem);
    this.#options.onProblem(gateway, problem);
  }
}

/** Whether the server may answer otherwise soon. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 409;
}

/** Undefined where nothing is to be made or taken away, because what is wanted is not known. */
export function settled({ request, ports }: WantedProxies): SettledProxies | undefined {
  const { settings } = request;
  return settings === undefined ? undefined : { request: { ...request, settings }, ports };
}

function pathOf(object: JsonObject): string {
  const [, namespace = "", name = ""] = identityOf(object).split("/");
  return objectPath(kindOf(object), namespace, name);
}
