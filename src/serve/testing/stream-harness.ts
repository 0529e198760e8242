import { localAuthenticator } from "../authentication.ts";
import { DiscoveryStream } from "../discovery-stream.ts";
import type { Call, CallEvents } from "../grpc/call.ts";
import { frameHeaderBytes } from "../grpc/frame.ts";
import { ProxyRegistry } from "../registry.ts";
import { deltaVariant } from "../stream/delta-variant.ts";
import { stateOfTheWorldVariant } from "../stream/sotw-variant.ts";
import type { Variant } from "../stream/variant.ts";
import { TableCache } from "../table/table-cache.ts";
import { WarmingMemory } from "../warming-memory.ts";
import { Envelopes } from "../wire/envelope.ts";
import { ResourceFrames } from "../wire/resource-frames.ts";
import { ManualClock } from "./manual-clock.ts";
import type { TestPlans } from "./test-plans.ts";

/** A call without a connection: what the server writes waits in a queue until the test delivers it. */
export class QueueCall implements Call {
  readonly toClient: Buffer[] = [];
  blocked = false;
  status: string | undefined;
  #events: CallEvents | undefined;

  accept(events: CallEvents): void {
    this.#events = events;
  }

  write(pieces: readonly Uint8Array[]): void {
    this.toClient.push(Buffer.concat(pieces).subarray(frameHeaderBytes));
  }

  end(status: { readonly code: string; readonly message: string }): void {
    if (this.status !== undefined) return;
    this.status = `${status.code}: ${status.message}`;
    this.#events?.ended();
  }

  deliver(message: Uint8Array): void {
    this.#events?.message(Buffer.from(message));
  }

  unblock(): void {
    this.blocked = false;
    this.#events?.writable();
  }
}

/** The server without its sockets: streams over queues, on a clock that the test moves. */
export class StreamHarness {
  readonly clock = new ManualClock();
  readonly registry = new ProxyRegistry();
  readonly frames = new ResourceFrames();
  readonly tables = new TableCache();
  readonly #warming = new WarmingMemory();
  readonly plans: TestPlans;
  readonly #variants: Record<Variant["name"], Variant>;
  #connections = 0;

  constructor(plans: TestPlans) {
    this.plans = plans;
    const envelopes = new Envelopes("test");
    this.#variants = {
      delta: deltaVariant(this.frames, envelopes),
      "state-of-the-world": stateOfTheWorldVariant(this.frames, envelopes),
    };
  }

  open(variant: Variant["name"]): { readonly call: QueueCall; readonly stream: DiscoveryStream } {
    const call = new QueueCall();
    let unsubscribe: (() => void) | undefined;
    const stream = new DiscoveryStream({
      plans: this.plans,
      tables: this.tables,
      clock: this.clock,
      registry: this.registry,
      warming: this.#warming,
      limits: { holdMs: 2_000, removalGraceMs: 1_000, responseBytes: 4_000, maxNames: 1_000 },
      variant: this.#variants[variant],
      call,
      peer: { transport: "unix" },
      connection: ++this.#connections,
      identity: localAuthenticator,
      isLeaving: () => false,
      onIdentified: (identified) => {
        unsubscribe = this.plans.subscribe((changes) => {
          for (const { changed } of changes) identified.planChanged(changed);
        });
      },
      onClosed: () => unsubscribe?.(),
    });
    return { call, stream };
  }
}
