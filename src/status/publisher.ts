import type { Collection } from "../incremental/collection.ts";
import { objectKey } from "../model/source-object.ts";
import type { StatusReport, StatusValue } from "../model/status.ts";
import { addProgrammed, type ProxyClassState } from "./programmed.ts";
import type { StatusWriter } from "./writer.ts";

export interface StatusPublisherOptions {
  /** What dialects want said, by `objectKey`. */
  readonly reports: Collection<StatusReport>;
  readonly writer: StatusWriter;
  /** The class of proxies that runs a gateway (`namespace/name`). */
  readonly proxyClassOf: (gateway: string) => string;
  readonly stateOf: (proxyClass: string) => ProxyClassState;
}

/** Says on each object what its dialect wants said, and on Gateways whether proxies run them. */
export class StatusPublisher {
  readonly #options: StatusPublisherOptions;
  /** The generation of each Gateway that a proxy has acknowledged: later changes of routes do not take that back. */
  readonly #programmed = new Map<string, number>();
  readonly #gateways = new Map<string, StatusReport>();
  #stop: (() => void) | undefined;

  constructor(options: StatusPublisherOptions) {
    this.#options = options;
  }

  start(): void {
    const { reports } = this.#options;
    for (const [key, report] of reports.entries()) this.#reported(key, report);
    this.#stop = reports.subscribe((changes) => {
      for (const [key, { after }] of changes) this.#reported(key, after);
    });
  }

  stop(): void {
    this.#stop?.();
  }

  /** A proxy of the class connected, left, took everything it was sent, or refused something. */
  proxiesChanged(proxyClass: string): void {
    for (const report of this.#gateways.values()) {
      if (this.#classOf(report) === proxyClass) this.#publish(report);
    }
  }

  #reported(key: string, report: StatusReport | undefined): void {
    if (report === undefined) {
      this.#programmed.delete(key);
      this.#gateways.delete(key);
      return;
    }
    if (isGateway(report)) this.#gateways.set(key, report);
    this.#publish(report);
  }

  #publish(report: StatusReport): void {
    const { object, generation } = report;
    this.#options.writer.want({
      object,
      generation,
      status: () => (isGateway(report) ? this.#gatewayStatus(report) : report.status),
    });
  }

  #gatewayStatus(report: StatusReport): StatusValue {
    const key = objectKey(report.object);
    const state = this.#options.stateOf(this.#classOf(report));
    if (state.synced > 0) this.#programmed.set(key, report.generation);
    const acknowledged = this.#programmed.get(key) === report.generation && state.connected > 0;
    return addProgrammed(report, acknowledged ? { ...state, synced: Math.max(1, state.synced) } : state);
  }

  #classOf({ object }: StatusReport): string {
    return this.#options.proxyClassOf(`${object.namespace}/${object.name}`);
  }
}

function isGateway({ object }: StatusReport): boolean {
  return object.kind === "Gateway" && object.group === "gateway.networking.k8s.io";
}
