import type { Collection, InputCollection } from "../../incremental/collection.ts";
import { structurallyEqual } from "../../incremental/equal.ts";
import type { Graph } from "../../incremental/graph.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { systemClock } from "../../kubernetes/clock.ts";
import type { Leadership } from "../../kubernetes/leader-election.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { type ObjectRef, objectKey } from "../../model/source-object.ts";
import { addressesOfServices, observedAddresses } from "../../provision/addresses.ts";
import type { InstallationSettings, WantedProxies } from "../../provision/gateway-objects.ts";
import { type LiveObjects, labelOf } from "../../provision/live-objects.ts";
import type { ProvisioningProblem } from "../../provision/problem.ts";
import { Provisioner, settled } from "../../provision/provisioner.ts";
import type { AddressState } from "../../status/addresses.ts";
import type { Log } from "../log.ts";
import type { PublishedAddresses } from "./published-addresses.ts";

export interface ProvisioningOptions {
  readonly client: KubernetesClient;
  readonly leadership: Leadership;
  /** What exists, listed already; the caller's. */
  readonly live: LiveObjects;
  readonly wanted: Collection<WantedProxies>;
  /** Told on all gateways in place of their own; undefined where each has its own. */
  readonly published: PublishedAddresses | undefined;
  readonly settings: () => InstallationSettings;
  /** Where problems are told, by the `objectKey` of the Gateway. */
  readonly graph: Graph;
  readonly problems: InputCollection<readonly Diagnostic[]>;
  /** A gateway is reached elsewhere now, or something else than before keeps it from being reached. */
  readonly addressesChanged: (gateway: string) => void;
  readonly log: Log;
}

/**
 * Has the proxies of gateways made, while this replica leads: a provisioner for each term, one after the other. Where gateways are reached is read from what
 * exists, which every replica knows, so that a new leader says what the one before said.
 */
export class Provisioning {
  readonly #options: ProvisioningOptions;
  /** What the current term's provisioner found, by gateway. */
  readonly #problems = new Map<string, ProvisioningProblem>();
  /** Gateways by the label under which their objects are found. */
  readonly #byLabel = new Map<string, string>();
  /** What was known last, by gateway. */
  readonly #states = new Map<string, AddressState>();
  #provisioner: Provisioner | undefined;
  #changing: Promise<void> = Promise.resolve();
  #ends: (() => void)[] = [];

  constructor(options: ProvisioningOptions) {
    this.#options = options;
  }

  start(): void {
    const { live, wanted, leadership, published } = this.#options;
    for (const [gateway] of wanted.entries()) this.#look(gateway);
    this.#ends = [
      wanted.subscribe((changes) => {
        for (const gateway of changes.keys()) this.#look(gateway);
      }),
      live.subscribe((label) => {
        const gateway = this.#byLabel.get(label);
        if (gateway !== undefined) this.#look(gateway);
      }),
      leadership.follow({
        gained: (term) =>
          this.#next(() => {
            if (!term.aborted) this.#begin();
          }),
        lost: () => this.#next(() => this.#end()),
      }),
    ];
    if (published === undefined) return;
    const lookAtAll = (): void => {
      for (const [gateway] of wanted.entries()) this.#look(gateway);
    };
    this.#ends.push(published.follow(lookAtAll));
  }

  /** Where a gateway is reached; undefined for gateways that are to have no proxies. */
  addressesOf(gateway: string): AddressState | undefined {
    const wanted = this.#options.wanted.get(gateway);
    if (wanted === undefined) return undefined;
    const state = this.#options.published?.addresses() ?? this.#ownAddresses(gateway, wanted);
    const found = this.#problems.get(gateway);
    if (found === undefined) return state;
    const problem = { reason: found.reason, message: found.message };
    return { ...state, lacking: problem, ...(found.concerns === "object" ? { problem } : {}) };
  }

  #ownAddresses(gateway: string, wanted: WantedProxies): AddressState {
    const { live } = this.#options;
    const known = settled(wanted);
    if (known === undefined) {
      return addressesOfServices(live.of(labelOf(gateway)).filter(({ kind }) => kind === "Service"));
    }
    const [namespace = ""] = gateway.split("/");
    return observedAddresses(known.request, live.servicesIn(namespace));
  }

  /** Tells of a gateway if what is known of it is something else than before. */
  #look(gateway: string): void {
    const state = this.addressesOf(gateway);
    if (state === undefined) this.#byLabel.delete(labelOf(gateway));
    else this.#byLabel.set(labelOf(gateway), gateway);
    if (structurallyEqual(this.#states.get(gateway), state)) return;
    if (state === undefined) this.#states.delete(gateway);
    else this.#states.set(gateway, state);
    this.#options.addressesChanged(gateway);
  }

  /** The settings of the installation are others now. */
  settingsChanged(): void {
    this.#provisioner?.settingsChanged();
  }

  async stop(): Promise<void> {
    for (const end of this.#ends) end();
    this.#next(() => this.#end());
    await this.#changing;
  }

  #next(change: () => Promise<void> | void): void {
    const { log } = this.#options;
    this.#changing = this.#changing
      .then(change)
      .catch((error: unknown) => log.error("making proxies failed", { error: String(error) }));
  }

  #begin(): void {
    const { client, wanted, live, settings, log } = this.#options;
    this.#provisioner = new Provisioner({
      client,
      clock: systemClock,
      wanted,
      live,
      settings,
      onProblem: (gateway, problem) => this.#tell(gateway, problem),
      onTrouble: (gateway, problem) => log.warn("cannot make what a Gateway needs", { gateway, problem }),
    });
    this.#provisioner.start();
  }

  async #end(): Promise<void> {
    const provisioner = this.#provisioner;
    this.#provisioner = undefined;
    await provisioner?.stop();
    for (const gateway of [...this.#problems.keys()]) this.#tell(gateway, undefined);
  }

  #tell(gateway: string, problem: ProvisioningProblem | undefined): void {
    const { graph, problems, log } = this.#options;
    const object = gatewayRef(gateway);
    graph.transaction(() => {
      if (problem === undefined) problems.delete(objectKey(object));
      else problems.set(objectKey(object), [diagnosticOf(object, problem)]);
    });
    if (problem === undefined) this.#problems.delete(gateway);
    else {
      this.#problems.set(gateway, problem);
      log.warn(`${problem.code} ${problem.message}`, { gateway, hint: problem.hint });
    }
    this.#look(gateway);
  }
}

function diagnosticOf(object: ObjectRef, { code, message, hint }: ProvisioningProblem): Diagnostic {
  return diagnose(code, { source: "kubernetes", object, path: [] }, message, hint);
}

function gatewayRef(gateway: string): ObjectRef {
  const [namespace = "", name = ""] = gateway.split("/");
  return { group: "gateway.networking.k8s.io", kind: "Gateway", namespace, name, scope: "" };
}
