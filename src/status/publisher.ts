import type { Collection } from "../incremental/collection.ts";
import { isObject, listAt, numberAt } from "../model/json.ts";
import { type Json, objectKey } from "../model/source-object.ts";
import type { StatusReport, StatusValue } from "../model/status.ts";
import { type AddressState, gatewayAddresses, loadBalancerStatus } from "./addresses.ts";
import { isFields } from "./conditions.ts";
import { decidingGateway, isGateway, isProgrammable } from "./programmable.ts";
import { addProgrammed, type ProxyClassState } from "./programmed.ts";
import type { StatusWriter } from "./writer.ts";

export interface StatusPublisherOptions {
  /** What dialects want said, by `objectKey`. */
  readonly reports: Collection<StatusReport>;
  readonly writer: StatusWriter;
  /** The class of proxies that runs a gateway (`namespace/name`). */
  readonly proxyClassOf: (gateway: string) => string;
  readonly stateOf: (proxyClass: string) => ProxyClassState;
  /** Where a gateway can be reached; undefined where that is not known here, and statuses then say nothing about it. */
  readonly addressesOf: (gateway: string) => AddressState | undefined;
}

/** Says on each object what its dialect wants said, on Gateways and ListenerSets whether proxies run them, and on both Gateways and Ingresses where they are reached. */
export class StatusPublisher {
  readonly #options: StatusPublisherOptions;
  /** The generation of each object that a proxy has acknowledged: later changes of routes do not take that back. */
  readonly #programmed = new Map<string, number>();
  /** Reports that say whether proxies run what the object asks for. */
  readonly #programmable = new Map<string, StatusReport>();
  /** Reports that tell the addresses of a gateway, by gateway. */
  readonly #served = new Map<string, Map<string, StatusReport>>();
  /** The gateway under which a report stands in `#served`. */
  readonly #servedBy = new Map<string, string>();
  #stop: (() => void) | undefined;

  constructor(options: StatusPublisherOptions) {
    this.#options = options;
  }

  /** Wants the statuses of all objects, and from now on that of each that changes. Without effect while it does so already. */
  start(): void {
    if (this.#stop !== undefined) return;
    const { reports } = this.#options;
    for (const [key, report] of reports.entries()) this.#reported(key, report);
    this.#stop = reports.subscribe((changes) => {
      for (const [key, { after }] of changes) this.#reported(key, after);
    });
  }

  /** Wants nothing any more; `start` begins anew. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#options.writer.clear();
    for (const known of [this.#programmed, this.#programmable, this.#served, this.#servedBy]) known.clear();
  }

  /** A proxy of the class connected, left, took everything it was sent, or refused something. */
  proxiesChanged(proxyClass: string): void {
    for (const report of this.#programmable.values()) {
      if (this.#options.proxyClassOf(decidingGateway(report)) === proxyClass) this.#publish(report);
    }
  }

  /** A gateway (`namespace/name`) is reached elsewhere now. */
  addressesChanged(gateway: string): void {
    for (const report of this.#programmable.values()) if (decidingGateway(report) === gateway) this.#publish(report);
    for (const report of this.#served.get(gateway)?.values() ?? []) this.#publish(report);
  }

  #reported(key: string, report: StatusReport | undefined): void {
    this.#serve(key, report);
    if (report === undefined) {
      this.#programmed.delete(key);
      this.#programmable.delete(key);
      return;
    }
    if (isProgrammable(report)) this.#programmable.set(key, report);
    this.#publish(report);
  }

  #serve(key: string, report: StatusReport | undefined): void {
    const before = this.#servedBy.get(key);
    if (before !== undefined) {
      const others = this.#served.get(before);
      others?.delete(key);
      if (others?.size === 0) this.#served.delete(before);
      this.#servedBy.delete(key);
    }
    if (report?.gateway === undefined) return;
    const reports = this.#served.get(report.gateway) ?? new Map<string, StatusReport>();
    this.#served.set(report.gateway, reports.set(key, report));
    this.#servedBy.set(key, report.gateway);
  }

  #publish(report: StatusReport): void {
    const { object, generation } = report;
    this.#options.writer.want({
      object,
      generation,
      status: (previous) => this.#statusOf(report, previous),
      isSummary: isProgrammable(report),
    });
  }

  #statusOf(report: StatusReport, previous: Json | undefined): StatusValue {
    if (isProgrammable(report)) return this.#programmedStatus(report, previous);
    const addresses = report.gateway === undefined ? undefined : this.#options.addressesOf(report.gateway);
    if (addresses === undefined) return report.status;
    return { ...fieldsOf(report.status), loadBalancer: loadBalancerStatus(addresses) };
  }

  #programmedStatus(report: StatusReport, previous: Json | undefined): StatusValue {
    const { proxyClassOf, stateOf, addressesOf } = this.#options;
    const key = objectKey(report.object);
    const gateway = decidingGateway(report);
    const state = stateOf(proxyClassOf(gateway));
    if (state.ready > 0 || isProgrammed(previous, report.generation)) this.#programmed.set(key, report.generation);
    const isThere = state.connected > 0 || state.awaited === true;
    const acknowledged = isThere && this.#programmed.get(key) === report.generation;
    const atLeastOne = (count: number) => Math.max(1, count);
    const running = acknowledged
      ? {
          ...state,
          connected: atLeastOne(state.connected),
          synced: atLeastOne(state.synced),
          ready: atLeastOne(state.ready),
        }
      : state;
    const addresses = addressesOf(gateway);
    const status = addProgrammed(report, running, addresses);
    return addresses === undefined || !isGateway(report)
      ? status
      : { ...fieldsOf(status), addresses: gatewayAddresses(addresses) };
  }
}

/** Whether an earlier status says that a proxy acknowledged this generation: a control plane that takes over does not forget it. */
function isProgrammed(status: Json | undefined, generation: number): boolean {
  const condition = listAt(status, "conditions").find((each) => isObject(each) && each.type === "Programmed");
  return isObject(condition) && condition.status === "True" && numberAt(condition, "observedGeneration") === generation;
}

function fieldsOf(status: StatusValue): { readonly [name: string]: StatusValue | undefined } {
  return isFields(status) ? status : {};
}
