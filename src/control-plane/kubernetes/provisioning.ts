import type { Collection } from "../../incremental/collection.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { systemClock } from "../../kubernetes/clock.ts";
import type { Leadership } from "../../kubernetes/leader-election.ts";
import type { InstallationSettings, WantedProxies } from "../../provision/gateway-objects.ts";
import { Provisioner } from "../../provision/provisioner.ts";
import type { AddressState } from "../../status/addresses.ts";
import type { Log } from "../log.ts";

export interface ProvisioningOptions {
  readonly client: KubernetesClient;
  readonly leadership: Leadership;
  readonly wanted: Collection<WantedProxies>;
  readonly settings: () => InstallationSettings;
  readonly addressesChanged: (gateway: string) => void;
  readonly log: Log;
}

/** Has the proxies of gateways made, while this replica leads: a provisioner for each term, one after the other. */
export class Provisioning {
  readonly #options: ProvisioningOptions;
  #provisioner: Provisioner | undefined;
  #changing: Promise<void> = Promise.resolve();
  #unfollow: (() => void) | undefined;

  constructor(options: ProvisioningOptions) {
    this.#options = options;
  }

  start(): void {
    this.#unfollow = this.#options.leadership.follow({
      gained: (term) =>
        this.#next(async () => {
          if (!term.aborted) await this.#begin();
        }),
      lost: () => this.#next(() => this.#end()),
    });
  }

  /** What is known of the addresses of a gateway; undefined where nobody made anything for it here. */
  addressesOf(gateway: string): AddressState | undefined {
    const state = this.#provisioner?.stateOf(gateway);
    if (state === undefined) return undefined;
    const { addresses, problem } = state;
    return problem === undefined ? { addresses } : { addresses, problem };
  }

  /** The settings of the installation are others now. */
  settingsChanged(): void {
    this.#provisioner?.settingsChanged();
  }

  async stop(): Promise<void> {
    this.#unfollow?.();
    this.#next(() => this.#end());
    await this.#changing;
  }

  #next(change: () => Promise<void>): void {
    const { log } = this.#options;
    this.#changing = this.#changing
      .then(change)
      .catch((error: unknown) => log.error("making proxies failed", { error: String(error) }));
  }

  async #begin(): Promise<void> {
    const { client, wanted, settings, addressesChanged, log } = this.#options;
    const provisioner = new Provisioner({
      client,
      clock: systemClock,
      wanted,
      settings,
      onTrouble: (what, problem) => log.warn("cannot make what a Gateway needs", { what, problem }),
    });
    provisioner.subscribe(addressesChanged);
    this.#provisioner = provisioner;
    await provisioner.start();
  }

  async #end(): Promise<void> {
    const provisioner = this.#provisioner;
    this.#provisioner = undefined;
    await provisioner?.stop();
  }
}
