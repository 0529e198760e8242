import type { Collection } from "../incremental/collection.ts";
import { structurallyEqual } from "../incremental/equal.ts";
import { Backoff } from "../kubernetes/backoff.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import type { Clock } from "../kubernetes/clock.ts";
import { isObject, textAt } from "../model/json.ts";
import type { JsonObject } from "../model/source-object.ts";
import type { AddressProblem, AddressState } from "../status/addresses.ts";
import { observedAddresses } from "./addresses.ts";
import { type Applied, isOurs, mustApply, projected } from "./difference.ts";
import {
  gatewayObjects,
  type InstallationSettings,
  type SettledProxies,
  type WantedProxies,
} from "./gateway-objects.ts";
import { identityOf, kindOf, objectPath } from "./kubernetes-object.ts";
import { LiveObjects, messageOf } from "./live-objects.ts";
import { fieldManager, labelValue } from "./names.ts";

export interface ProvisionerOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** By `namespace/name`. */
  readonly wanted: Collection<WantedProxies>;
  /** Asked whenever objects are computed; call `settingsChanged` when it would answer something else. */
  readonly settings: () => InstallationSettings;
  /** Told when a kind cannot be watched, or an object not be made. Never contains secrets. */
  readonly onTrouble: (what: string, problem: string) => void;
}

/** Gateways that are worked on at the same time. */
const AT_ONCE = 4;

/** A refusal for which the server needs something else to change first is tried again this much later. */
const REFUSED_AGAIN_MS = 30_000;

/**
 * Makes and keeps the objects of every wanted gateway, for the one replica that leads. Level-triggered: what is wanted is compared with what a
 * watch says exists, and only what differs is applied (server-side, field manager `weir`), so that an edit costs what it changes and what
 * somebody else deletes comes back. Objects that Weir did not make are never touched.
 */
export class Provisioner {
  readonly #options: ProvisionerOptions;
  readonly #live: LiveObjects;
  /** Gateways by the label under which their objects are found. */
  readonly #byLabel = new Map<string, string>();
  readonly #applied = new Map<string, Applied>();
  readonly #failures = new Map<string, AddressProblem>();
  readonly #states = new Map<string, AddressState>();
  readonly #listeners = new Set<(gateway: string) => void>();
  readonly #waiting = new Set<string>();
  readonly #working = new Set<string>();
  readonly #retries = new Map<string, { readonly backoff: Backoff; cancel: () => void }>();
  readonly #stop = new AbortController();
  readonly #idle: (() => void)[] = [];
  #unsubscribe: (() => void) | undefined;
  #started = false;

  constructor(options: ProvisionerOptions) {
    this.#options = options;
    this.#live = new LiveObjects({
      client: options.client,
      clock: options.clock,
      onChange: (label) => this.#enqueue(label),
      onTrouble: (kind, problem) => options.onTrouble(kind, problem),
    });
  }

  /** Resolves once it is known what exists; work goes on after that. */
  async start(): Promise<void> {
    const { wanted } = this.#options;
    for (const [gateway] of wanted.entries()) this.#byLabel.set(labelOf(gateway), gateway);
    this.#unsubscribe = wanted.subscribe((changes) => {
      for (const gateway of changes.keys()) {
        this.#byLabel.set(labelOf(gateway), gateway);
        this.#enqueue(labelOf(gateway));
      }
    });
    await this.#live.start();
    this.#started = true;
    for (const label of [...this.#byLabel.keys(), ...this.#live.gateways()]) this.#enqueue(label);
  }

  /** After it resolves nothing is written any more: another replica may lead. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#unsubscribe?.();
    this.#waiting.clear();
    for (const { cancel } of this.#retries.values()) cancel();
    await this.#live.stop();
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

  /** What is known of a gateway's proxies (`namespace/name`); undefined for gateways that want none, or are not looked at yet. */
  stateOf(gateway: string): AddressState | undefined {
    return this.#states.get(gateway);
  }

  /** Calls `listener` with each gateway whose state changed. Returns the function that ends it. */
  subscribe(listener: (gateway: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #enqueue(label: string): void {
    if (!this.#started || this.#stop.signal.aborted) return;
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
      if (refused === undefined) this.#succeeded(label);
      else this.#failed(label, refused, REFUSED_AGAIN_MS);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      this.#failed(label, { reason: "NoResources", message }, 0);
    }
    if (gateway !== undefined) this.#report(label, gateway, wanted);
  }

  /** Returns what the server refuses for good; throws where trying again soon may help. */
  async #reconcile(label: string, wanted: SettledProxies | undefined): Promise<AddressProblem | undefined> {
    const objects = wanted === undefined ? [] : gatewayObjects(wanted, this.#options.settings());
    const identities = new Set(objects.map(identityOf));
    const pods = objects.filter(({ kind }) => kind === "Deployment");
    const others = objects.filter(({ kind }) => kind !== "Deployment");
    // Pods that start before their volumes and account exist are held back by the kubelet for seconds.
    const problems = [
      ...(await Promise.all(others.map((object) => this.#ensure(object)))),
      ...(await Promise.all(pods.map((object) => this.#ensure(object)))),
    ];
    const extra = this.#live.of(label).filter((object) => !identities.has(identityOf(object)) && isOurs(object));
    await Promise.all(extra.map((object) => this.#remove(object)));
    return problems.find((problem) => problem !== undefined);
  }

  async #ensure(wanted: JsonObject): Promise<AddressProblem | undefined> {
    const { client } = this.#options;
    const { signal } = this.#stop;
    const identity = identityOf(wanted);
    const known = this.#live.get(identity);
    if (!mustApply(wanted, known, this.#applied.get(identity))) return undefined;
    const path = pathOf(wanted);
    if (known === undefined || !isOurs(known)) {
      const { status, body } = await client.request({ method: "GET", path, signal });
      if (status === 200 && isObject(body) && !isOurs(body)) {
        const message = `${identity} exists and was not made by Weir: it is left alone. Remove or rename it.`;
        return { reason: "NoResources", message };
      }
      if (status >= 500 || status === 429) throw new Error(`${identity}: ${messageOf(body, status)}`);
    }
    const query = { fieldManager, force: "true" };
    const contentType = "application/apply-patch+yaml";
    const { status, body } = await client.request({ method: "PATCH", path, query, contentType, body: wanted, signal });
    if (status === 200 || status === 201) {
      if (isObject(body)) {
        this.#applied.set(identity, { wanted, outcome: projected(body, wanted) });
        this.#live.written(body);
      }
      return undefined;
    }
    const message = `${identity}: ${messageOf(body, status)}`;
    if (status >= 500 || status === 429 || status === 409) throw new Error(message);
    return { reason: status === 400 || status === 422 ? "Invalid" : "NoResources", message };
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
    throw new Error(`${identityOf(object)}: ${messageOf(answer.body, answer.status)}`);
  }

  #succeeded(label: string): void {
    this.#failures.delete(label);
    this.#retries.get(label)?.cancel();
    this.#retries.delete(label);
  }

  #failed(label: string, problem: AddressProblem, atLeastMs: number): void {
    const { clock, onTrouble } = this.#options;
    if (!structurallyEqual(this.#failures.get(label), problem)) onTrouble(label, problem.message);
    this.#failures.set(label, problem);
    const before = this.#retries.get(label);
    before?.cancel();
    const backoff = before?.backoff ?? new Backoff(clock);
    const cancel = clock.after(backoff.next(atLeastMs), () => this.#enqueue(label));
    this.#retries.set(label, { backoff, cancel });
  }

  /** Says what is known of a gateway to those who listen, if it is something else than before. */
  #report(label: string, gateway: string, wanted: SettledProxies | undefined): void {
    const state = wanted === undefined ? undefined : this.#observe(label, gateway, wanted);
    if (structurallyEqual(this.#states.get(gateway), state)) return;
    if (state === undefined) {
      this.#states.delete(gateway);
      this.#byLabel.delete(label);
    } else this.#states.set(gateway, state);
    for (const listener of this.#listeners) listener(gateway);
  }

  #observe(label: string, gateway: string, { request }: SettledProxies): AddressState {
    const [namespace = ""] = gateway.split("/");
    const observed = observedAddresses(request, (name) => this.#live.get(`Service/${namespace}/${name}`));
    const problem = this.#failures.get(label);
    return problem === undefined ? observed : { ...observed, problem };
  }
}

/** Undefined where nothing is to be made or taken away, because what is wanted is not known. */
function settled({ request, ports }: WantedProxies): SettledProxies | undefined {
  const { settings } = request;
  return settings === undefined ? undefined : { request: { ...request, settings }, ports };
}

function labelOf(gateway: string): string {
  const [namespace = "", name = ""] = gateway.split("/");
  return `${namespace}/${labelValue(name)}`;
}

function pathOf(object: JsonObject): string {
  const [, namespace = "", name = ""] = identityOf(object).split("/");
  return objectPath(kindOf(object), namespace, name);
}
