import type { ConnectedProxy } from "../../../../serve/registry.ts";

/** A proxy whose state a test sets. */
export class FakeProxy implements ConnectedProxy {
  readonly connection: number;
  readonly nodeId: string;
  readonly proxyClass: string;
  readonly agent = "envoy 1.40.0";
  readonly variant = "delta";
  readonly peer = "10.0.0.9:40000";
  readonly connectedSince = new Date(Date.UTC(2026, 0, 1));
  isUpToDate = false;
  complaint: string | undefined;

  constructor(connection: number, proxyClass: string) {
    this.connection = connection;
    this.nodeId = `gateway/${proxyClass}/${connection}`;
    this.proxyClass = proxyClass;
  }

  synced(): boolean {
    return this.isUpToDate && this.complaint === undefined;
  }

  acknowledgedRevision(): undefined {
    return undefined;
  }

  types(): ReturnType<ConnectedProxy["types"]> {
    if (this.complaint === undefined) return new Map();
    const refused = [{ resource: "tcp/0.0.0.0/80", version: "1" }];
    const status = {
      subscribed: "all",
      acknowledged: 0,
      pending: 0,
      unansweredMs: undefined,
      refused,
      lastError: this.complaint,
    } as const;
    return new Map([["listener", status]]);
  }

  retryRefused(): void {
    throw new Error("nobody asks for that here");
  }

  resources(): [] {
    return [];
  }
}
